# METADATA
# title: Directory
# description: >-
#   A record names organisations, places, professionals and medicines. A
#   professional who may look at other organisations' records may read such an
#   entry by its id, for direct care: it names no patient, so nobody is asked
#   and nothing is looked up about one. The private details of staff are taken
#   out. It opens nothing else, and no search.
# custom:
#   promise: >-
#     What a record refers to can be followed, to the colleague, the place or the
#     medicine. That tells nothing about a patient, and private details of staff
#     are not given.
#   reasons: [directory-entry]
package mcr.rules.directory

import data.mcr.rules.own_record
import data.mcr.rules.relationship

import rego.v2

# METADATA
# title: Reading an entry of the directory
# description: By a professional from elsewhere whose role sees records of other organisations, for direct care.
# custom:
#   reasons: [directory-entry]
permit contains {"reason": "directory-entry"} if {
	entry
	input.request.purpose == "direct-care"
	input.subject.organisation != input.source.organisation
	relationship.may_see_elsewhere
}

# METADATA
# title: What an entry of the directory shows
# description: The entry itself, and what stands in it.
plan contains {"categories": data.directory.categories, "labels": data.labels.normal} if permit != set()

# METADATA
# title: The private details of staff
# description: >-
#   Taken out whoever permits, but not for the staff of the organisation that
#   holds the entry. The list is in data/directory.json.
plan contains {"masks": data.directory.masks} if {
	entry
	not own_record.own_staff
}

# METADATA
# title: An entry of the directory
# description: >-
#   One item is read by its id, of a type that names no patient, and no patient is
#   named in the request. The types are in data/directory.json.
entry if {
	input.request.action == "view"
	input.request.interaction == "read"
	input.request.type in data.directory.types
	input.patient.known == false
}
