package fhir

import (
	"github.com/mycarerecord/mcr/fhir/internal/hosts"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// judge reads resources and finds out whose they are, what they are about and
// how they are labelled. One pass over a resource gathers everything; nodes that
// are never released are marked on the way.
type judge struct {
	document
	owner   Owner
	plan    Plan
	classes *Classifier
	masked  *maskSet
	lent    map[string]uint64 // by id, from reports and panels
	source  hosts.Hosts       // the source's own base addresses
	place   tree.KeyID        // within what the patient of the resource at hand stands
	holder  uint32            // the innermost member that is being read
	last    *resourceType
	allowed uint64                  // the plan's categories, as a set of the classifier's
	kept    uint64                  // those that it keeps back, likewise
	text    []byte                  // for keys of maps: 256 bytes
	sealing func(Attachment) string // see Links.Document
	systems [mostHeard]heardSystem  // of codings, that stand in no list as they are
	oldest  int                     // of them, the next to be forgotten
	// everyLabel and open: the plan releases every label, and every category too.
	everyLabel, open bool
	taken            []taken  // of all entries
	keptCodes        []string // reason codes of what is kept back, as they come up

	findings
	naming
}

// findings are what one resource, with all that it contains, turned out to be.
type findings struct {
	root        uint32 // the resource
	typ         *resourceType
	rules       *typeRules
	id, version uint32 // nodes, 0 for none
	faults
	owners    bool // its patient is the owner
	vague     bool // where its patient stands is something that names nobody for certain
	sensitive bool
	placement
	clues
	content   uint32              // the array of its contained resources
	contained []content           // those
	byID      map[string]*content // those that have an id; made when one is asked for
	fragments []uint32            // references to them where its patient stands
	addresses []uint32            // of documents, wherever they lead
}

// Bounds on one resource: more than this is not understood. They keep the time
// that a resource takes in proportion to its length.
const (
	maxContained = 256
	maxAddresses = 256
	maxHits      = 256 // codings that the classifier knows, where they classify
)

// reset keeps the slices. It sets field by field: the garbage collector then has
// nothing to look at.
func (f *findings) reset() {
	f.typ, f.rules = nil, nil
	f.id, f.version, f.content = 0, 0, 0
	f.faults.reset()
	f.owners, f.vague, f.sensitive = false, false, false
	f.placement = placement{}
	f.clues.reset()
	f.byID = nil
	f.contained, f.fragments, f.addresses = f.contained[:0], f.fragments[:0], f.addresses[:0]
}

// content is a contained resource.
type content struct {
	at      uint32
	patient bool // the owner's Patient resource
	cut     bool // it does not go with its host
}

// role is what a value is for, from where it stands.
type role uint8

const (
	plain      role = iota
	asIdentity      // Patient.identifier
	asPatient
	aroundPatient // asPatient is one level below
	asCategory
	asCode
	asSpecialty
	asLabel
	asExtensions // an array of extensions
)
