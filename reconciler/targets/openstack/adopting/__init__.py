"""Taking over what another actor made: what there is gets a place in a network service, the documents for it, the mark.

choosing     raw listings -> a Key for each resource that is to be taken over, and what is left alone, as the kinds say
writing      what exists under those Keys -> the documents that ask for exactly that
adoption     the observation of a VIM as it will be, and the steps that mark it
"""

from reconciler.targets.openstack.adopting.adoption import Adoption, adoption_plan, has_mark, survey_of
from reconciler.targets.openstack.adopting.writing import documents_of
from reconciler.targets.openstack.kinds.adoption import Left

__all__ = ["Adoption", "Left", "adoption_plan", "documents_of", "has_mark", "survey_of"]
