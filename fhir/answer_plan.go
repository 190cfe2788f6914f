package fhir

import "strings"

// Plan is how far a release goes. Nothing that it does not name is released: the
// zero Plan releases nothing.
type Plan struct {
	// Categories are the record categories that may be released, by name.
	Categories []string
	// Labels are the security labels ("system|code") that a released resource
	// may carry. A resource with any other label is withheld. "*" stands for
	// every label that has a system and a code.
	Labels []string
	// Withheld are categories that are kept back whatever Categories has, each with the
	// reason code that an entry of it is counted under. An entry of several is counted
	// under the first of the list.
	Withheld []Withheld `json:",omitempty"`
	// Masks are the elements that are taken out of what is released:
	//
	//	Patient.address         an element of a type, contained resources included
	//	Patient.contact.address an element below it
	//	*.telecom               an element of every type
	//	*.extension(url)        extensions with this address, at any depth; also of one type
	//	Element.note            an element of every object, at any depth; also a
	//	                        path from there: Element.section.text
	//	Reference.display       display (or identifier) of every Reference
	//	CodeableConcept.text    the words of every concept that has a code as well
	//	Element.*               everything that is not kept (see keep), at any depth
	//	keep(Quantity)          of Element.* this data type stays; keep(HumanName.*) all of
	//	                        one, keep(Dosage.text) an element
	//	Location                everything about resources of a type: entries,
	//	                        contained resources and references to them
	//
	// A mask takes what is there and adds nothing. With an element goes its
	// primitive twin ("_birthDate"), extensions that hold the same data type
	// (valueAddress, valueContactPoint, valueHumanName) and the narrative of each
	// resource whose type has a mask. A mask that cannot be read withholds all.
	Masks []string
	// Classes tells which category a resource belongs to. It comes from the
	// policy revision that made the plan. Nil: everything is unclassified, or
	// what its type is.
	Classes *Classifier
	// Types says which types of resource whoever asks may be given at all, besides what
	// the plan opens: the application's limit, not the patient's. Nil: any.
	Types func(name string) bool `json:"-"`
}

// Withheld is a category that is kept back, and why.
type Withheld struct {
	Category string
	Reason   string // a reason code: "withheld-from-role"
}

// SensitiveLabel is the label that a resource with a sensitive code is given.
const SensitiveLabel = "https://mycarerecord.example/fhir/CodeSystem/label|sensitive"

// noRules is the classifier of a plan that has none.
var noRules, _ = NewClassifier(nil, nil)

// allows says that a label may be on what is released. code nil: a label that
// is not whole, which nothing allows.
func (p *Plan) allows(system, code []byte) bool {
	if len(system) == 0 || len(code) == 0 {
		return false
	}
	for _, label := range p.Labels {
		if label == "*" {
			return true
		}
		at := len(system)
		if len(label) == at+1+len(code) && label[at] == '|' && label[:at] == string(system) && label[at+1:] == string(code) {
			return true
		}
	}
	return false
}

// allowsLabel says the same of a label as the plan writes it.
func (p *Plan) allowsLabel(label string) bool {
	system, code, _ := strings.Cut(label, "|")
	return p.allows([]byte(system), []byte(code))
}
