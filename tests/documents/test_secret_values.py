"""Secret parameters: where they may be, where they may go, and that a missing one is neither an error nor a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from reconciler.documents import Library
from reconciler.model import Approvers, Catalog, DocumentsError, Key, Opaque, SecretRef, SecretRule, Withheld
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, Keys, changed, problems_of

DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: database}
spec:
  parameters:
    - {name: password, type: string, secret: true}
    - {name: realm, type: string, default: home}
  vdus:
    - name: db
      image: debian-12
      flavor: m1.small
      userData: {inline: "{{ realm }}: {{ password }}"}
    - name: log
      image: debian-12
      flavor: m1.small
      metadata: {realm: "{{ realm }}"}
      userData: {inline: "{{ realm }}"}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: hss}
spec:
  vim: paris
  vnfs:
    - name: db
      descriptor: database
      parameters: {password: {secretRef: {age: ../secrets/db.age}}}
"""
REPOSITORY: dict[str, str | bytes] = {
    "vim.yaml": "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n",
    "database.yaml": DESCRIPTOR,
    "services/hss.yaml": SERVICE,
    "secrets/db.age": b"age-encryption.org/v1\n-> one",
}
AGE = SecretRef("age", "secrets/db.age")


@dataclass
class Vault(Keys):
    """Secrets as a test needs them. ``asked``: what was read, with the encrypted contents."""

    values: dict[SecretRef, str | Withheld] = field(default_factory=dict)
    asked: list[tuple[SecretRef, bytes]] = field(default_factory=list)

    def read(self, ref: SecretRef, encrypted: bytes) -> str | Withheld:
        self.asked.append((ref, encrypted))
        return self.values.get(ref, Withheld(f"{ref} is locked"))


def catalog(library: Library, texts: Mapping[str, str | bytes] = REPOSITORY) -> Catalog:
    return library.catalog(Commit(texts))


def user_data(found: Catalog, vdu: str = "db") -> Opaque:
    spec = found.desired["paris"][Key("paris", "server", f"hss/db/{vdu}-0")].spec
    assert isinstance(spec, ServerSpec)
    assert spec.user_data is not None
    return spec.user_data


def in_service(new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "services/hss.yaml", "{secretRef: {age: ../secrets/db.age}}", new))


def in_descriptor(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "database.yaml", old, new))


# --------------------------------------------------------------------------- values


def test_a_secret_is_in_user_data_and_is_compared_by_the_digest_of_the_whole() -> None:
    vault = Vault(values={AGE: "open sesame"})
    found = user_data(catalog(Library(TARGET_TYPES, vault)))
    assert (found.content, found.key) == ("home: open sesame", *vault.key_ids())
    assert Opaque.of("home: open sesame").digest in found.also
    assert vault.asked == [(AGE, b"age-encryption.org/v1\n-> one")]


def test_variables_and_files_are_asked_for_as_they_are_written() -> None:
    for written, ref in (
        ("env: MAGI_SECRET_DB", SecretRef("env", "MAGI_SECRET_DB")),
        ("file: /run/secrets/db", SecretRef("file", "/run/secrets/db")),
    ):
        vault = Vault(values={ref: "open sesame"})
        texts = changed(REPOSITORY, "services/hss.yaml", "age: ../secrets/db.age", written)
        assert user_data(catalog(Library(TARGET_TYPES, vault), texts)).content == "home: open sesame"
        assert vault.asked == [(ref, b"")]


def test_what_is_made_of_a_secret_does_not_show_it() -> None:
    found = catalog(Library(TARGET_TYPES, Vault(values={AGE: "open sesame"})))
    assert "open sesame" not in repr(found)
    assert "open sesame" not in str(user_data(found))


def test_a_short_secret_can_t_be_found_by_trying_all_of_them() -> None:
    """Neither the digest nor what is shown of it is one that someone without the key could compute."""
    found = user_data(catalog(Library(TARGET_TYPES, Vault(values={AGE: "4711"}))))
    guesses = {Opaque.of(f"home: {pin:04}").digest for pin in range(10_000)}
    assert found.digest not in guesses
    assert not any(str(found).rpartition(":")[2] in guess for guess in guesses)
    assert "4711" not in found.digest


def test_equal_contents_of_two_servers_have_digests_that_do_not_say_so() -> None:
    two = changed(REPOSITORY, "database.yaml", "- name: db\n", "- name: db\n      count: 2\n")
    spec = catalog(Library(TARGET_TYPES, Vault(values={AGE: "4711"})), two).desired["paris"]
    one, other = (spec[Key("paris", "server", f"hss/db/db-{number}")].spec for number in (0, 1))
    assert isinstance(one, ServerSpec)
    assert isinstance(other, ServerSpec)
    assert one.user_data is not None
    assert other.user_data is not None
    assert one.user_data.content == other.user_data.content
    assert one.user_data.digest != other.user_data.digest


def test_what_holds_no_secret_is_compared_without_a_key() -> None:
    found = user_data(catalog(Library(TARGET_TYPES, Vault(keys=[]))), "log")
    assert (found, found.key) == (Opaque.of("home"), "")


def test_without_a_key_what_holds_a_secret_is_withheld() -> None:
    found = user_data(catalog(Library(TARGET_TYPES, Vault(keys=["short"], values={AGE: "4711"}))))
    assert found.withheld.startswith("environment variable MAGI_DIGEST_KEY: key 1 has fewer than 32 characters")


def test_a_key_that_is_rotated_makes_the_library_stale_and_knows_the_digests_of_before() -> None:
    vault = Vault(values={AGE: "4711"})
    library = Library(TARGET_TYPES, vault)
    before = user_data(catalog(library))
    assert not library.is_stale()
    vault.keys.insert(0, "2" * 32)
    assert library.is_stale()
    after = user_data(catalog(library))
    assert after.digest != before.digest
    assert before.digest in after.also
    assert not library.is_stale()


def test_validation_needs_no_secret_and_reads_none() -> None:
    assert problems_of(REPOSITORY) == []
    assert user_data(catalog(Library(TARGET_TYPES))).withheld == (
        "its user data needs secret 'password': age file secrets/db.age is not read here"
    )


def test_a_secret_that_is_not_at_hand_is_withheld_where_it_is_used_alone() -> None:
    found = catalog(Library(TARGET_TYPES, Vault(values={})))
    assert user_data(found).withheld == "its user data needs secret 'password': age file secrets/db.age is locked"
    assert user_data(found).content is None
    assert user_data(found, "log") == Opaque.of("home")


def test_a_secret_that_is_too_large_is_withheld() -> None:
    found = catalog(Library(TARGET_TYPES, Vault(values={AGE: "x" * 49_149})))
    assert user_data(found).withheld == "with its secrets the user data has more than 49,149 bytes"


# --------------------------------------------------------------------------- from one catalog to the next


def test_a_secret_that_changes_makes_the_library_stale_and_the_service_new() -> None:
    vault = Vault(values={AGE: "first"})
    library = Library(TARGET_TYPES, vault)
    before = user_data(catalog(library))
    assert not library.is_stale()
    vault.values[AGE] = "second"
    assert library.is_stale()
    assert user_data(catalog(library)) != before
    assert not library.is_stale()


def test_a_refused_commit_does_not_hide_that_a_secret_changes() -> None:
    vault = Vault(values={AGE: "first"})
    library = Library(TARGET_TYPES, vault)
    catalog(library)
    with pytest.raises(DocumentsError):
        library.catalog(Commit(REPOSITORY | {"services/hss.yaml": SERVICE.replace("vnfs:", "vnf:")}))
    assert not library.is_stale()
    vault.values[AGE] = "second"
    assert library.is_stale()


def test_a_secret_that_comes_and_goes_is_noticed() -> None:
    vault = Vault(values={})
    library = Library(TARGET_TYPES, vault)
    assert user_data(catalog(library)).withheld
    vault.values[AGE] = "there"
    assert library.is_stale()
    assert user_data(catalog(library)).content == "home: there"
    del vault.values[AGE]
    assert library.is_stale()
    assert user_data(catalog(library)).withheld


def test_a_service_whose_secret_stays_keeps_its_objects_and_reads_no_file_again() -> None:
    library = Library(TARGET_TYPES, Vault(values={AGE: "same"}))
    before = user_data(catalog(library))
    commit = Commit(REPOSITORY)
    assert user_data(library.catalog(commit)) is before
    assert commit.asked == []


def test_a_newly_encrypted_file_is_read() -> None:
    vault = Vault(values={AGE: "same"})
    library = Library(TARGET_TYPES, vault)
    catalog(library)
    catalog(library, {**REPOSITORY, "secrets/db.age": b"age-encryption.org/v1\n-> two"})
    assert vault.asked[-1] == (AGE, b"age-encryption.org/v1\n-> two")


# --------------------------------------------------------------------------- what does not fit


def test_a_secret_that_is_in_git_is_refused_and_not_repeated() -> None:
    assert in_service("hunter2") == [
        ("services/hss.yaml:9:30: parameter 'password' is secret: its value must not be in Git; name it by a secretRef")
    ]


def test_a_reference_for_a_parameter_that_is_not_secret() -> None:
    assert in_descriptor(", secret: true", "") == [
        ("services/hss.yaml:9:30: parameter 'password' is not declared 'secret: true', so it can't have a secretRef")
    ]


def test_a_secret_without_a_value() -> None:
    texts = changed(REPOSITORY, "services/hss.yaml", "{password: {secretRef: {age: ../secrets/db.age}}}", "{}")
    assert problems_of(texts) == [
        (
            "services/hss.yaml:7:7: VNF 'db' gives no value for parameter 'password' "
            "(add 'password: {secretRef: ...}' to parameters)"
        )
    ]


def test_a_secret_in_metadata() -> None:
    assert in_descriptor('{realm: "{{ realm }}"}', '{realm: "{{ password }}"}') == [
        (
            "database.yaml:16:25: secret parameter 'password' can't be used in metadata "
            "(everyone can read that; put it into user data)"
        )
    ]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("type: string, secret: true, default: x", "a secret has no default: it must not be in Git"),
        ("type: string, secret: true, enum: [x]", "a secret has no choices: they must not be in Git"),
        ("type: string, secret: true, pattern: x", "a secret has no pattern: it is not checked"),
        ("type: integer, secret: true", "a secret is of type string"),
    ],
)
def test_a_secret_is_a_text_of_which_nothing_is_in_git(new: str, message: str) -> None:
    (reported,) = in_descriptor("type: string, secret: true", new)
    assert reported.startswith("database.yaml:6:")
    assert message in reported


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("{secretRef: {env: OS_PASSWORD}}", "the name of a variable for secrets is needed"),
        ("{secretRef: {file: db}}", "an absolute path is needed"),
        ("{secretRef: {age: /db.age}}", "a path inside the repository is needed"),
        ("{secretRef: {}}", "exactly one of 'env', 'file', 'age' is needed"),
        ("{secretRef: {env: MAGI_SECRET_A, file: /b}}", "exactly one of 'env', 'file', 'age' is needed"),
        ("{secretref: {env: MAGI_SECRET_A}}", "did you mean 'secretRef'?"),
    ],
)
def test_a_reference_that_is_none(new: str, message: str) -> None:
    (reported,) = in_service(new)
    assert reported.startswith("services/hss.yaml:9:")
    assert message in reported


def test_an_age_file_that_is_not_there_or_none() -> None:
    assert in_service("{secretRef: {age: ../secrets/dp.age}}") == [
        "services/hss.yaml:9:48: age file 'secrets/dp.age' is not in the repository (did you mean 'secrets/db.age'?)"
    ]
    assert problems_of({**REPOSITORY, "secrets/db.age": b"hunter2"}) == [
        (
            "services/hss.yaml:9:48: 'secrets/db.age' is not encrypted with age "
            "(encrypt it, and renew the secret: Git has seen it)"
        )
    ]
    assert problems_of({**REPOSITORY, "secrets/db.age": b"age-encryption.org/v1\n" + b"x" * 131_072}) == [
        (
            "services/hss.yaml:9:48: age file 'secrets/db.age' has 131,094 bytes; at most 131,072 are allowed "
            "(a secret is short)"
        )
    ]


def refused(named: str, *rules: SecretRule) -> list[str]:
    files = changed(REPOSITORY, "services/hss.yaml", "{age: ../secrets/db.age}", named)
    try:
        Library(TARGET_TYPES, approvers=Approvers(secrets=rules)).catalog(Commit(files))
    except DocumentsError as error:
        return [str(problem) for problem in error.problems]
    return []


EDGE = SecretRule(("env:MAGI_SECRET_EDGE_*", "file:/run/secrets/edge/*", "age:secrets/*"))


@pytest.mark.parametrize(
    ("named", "allowed"),
    [
        ("{env: MAGI_SECRET_EDGE_PIN}", True),
        ("{env: MAGI_SECRET_CORE_PIN}", False),
        ("{file: /run/secrets/edge/pin}", True),
        ("{file: /run/secrets/edge/../core/pin}", False),
        ("{age: ../secrets/db.age}", True),
    ],
)
def test_a_service_names_only_the_secrets_that_the_operator_lets_it(named: str, allowed: bool) -> None:
    found = refused(named, EDGE)
    assert found == [] if allowed else "may not be named here" in found[0]
    if not allowed:
        assert found[0].startswith("services/hss.yaml:9:")
        assert "lets this service name: env:MAGI_SECRET_EDGE_*, file:/run/secrets/edge/*, age:secrets/*" in found[0]


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (SecretRule(("*",), services=("hs*",)), True),
        (SecretRule(("*",), services=("core",)), False),
        (SecretRule(("*",), folders=("services/**",)), True),
        (SecretRule(("*",), folders=("teams/**",)), False),
    ],
)
def test_a_rule_about_secrets_is_about_services_and_folders(rule: SecretRule, allowed: bool) -> None:
    assert (refused("{age: ../secrets/db.age}", rule) == []) is allowed


def test_a_list_of_rules_that_lets_no_one_name_a_secret() -> None:
    assert "lets this service name: none" in refused("{age: ../secrets/db.age}")[0]


def test_an_age_file_that_is_a_pointer_of_git_lfs_or_left_out_is_named_as_such() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    (reported,) = problems_of({**REPOSITORY, "secrets/db.age": pointer})
    assert "'secrets/db.age' is a pointer of Git LFS, not the file (Magi reads what Git holds: " in reported
    texts = {path: text for path, text in REPOSITORY.items() if path != "secrets/db.age"}
    with pytest.raises(DocumentsError, match=r"is not among the files of the documents \(secrets is a submodule"):
        Library(TARGET_TYPES).catalog(Commit(texts, left_out={"secrets": "secrets is a submodule"}))
