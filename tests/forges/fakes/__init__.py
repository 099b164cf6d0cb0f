"""Recorded fakes of the APIs of GitHub, GitLab, and Gitea or Forgejo: servers on loopback that know no network.

They answer the requests that Magi sends and no other, and check each by an extract of the description that the forge
publishes (schemas/). What real servers do beyond it, they don't.

    with github_fake() as fake:
        forge = open_forge(fake.kind, fake.url, fake.project, fake.token)
        put_comment(forge, 7, "magi", "hello")
        assert fake.comments(7) == [(fake.user, "<!-- magi -->\\nhello")]
        assert fake.violations == []
"""

from tests.forges.fakes.fake_gitea import GiteaFake
from tests.forges.fakes.fake_github import GitHubFake
from tests.forges.fakes.fake_gitlab import GitLabFake
from tests.forges.fakes.forge_fake import ForgeFake

__all__ = ["FAKES", "ForgeFake", "GitHubFake", "GitLabFake", "GiteaFake", "gitea_fake", "github_fake", "gitlab_fake"]

github_fake = GitHubFake.serve
gitlab_fake = GitLabFake.serve
gitea_fake = GiteaFake.serve

FAKES = {"github": github_fake, "gitlab": gitlab_fake, "gitea": gitea_fake}
