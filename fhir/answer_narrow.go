package fhir

import "slices"

// narrow says whether a search asks for so little that "something is not shown"
// would tell what it is: Observation?patient=A&code=<a test for HIV> with a note
// that something was withheld says that there was such a test.
//
// Such a search is always answered with the note that something may be withheld,
// whether it is or not, unless the plan releases every label: then nothing that a
// search could find out is kept back.
func (r Request) narrow(p Plan) bool {
	if slices.Contains(p.Labels, "*") {
		return false
	}
	return slices.ContainsFunc(r.Params, func(param Param) bool {
		switch param.Name {
		case "_count", "_sort", "_include", "_revinclude", "category", "status":
			return false // ask for no less than a whole part of the record
		}
		return true
	})
}
