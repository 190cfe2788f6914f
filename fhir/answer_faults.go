package fhir

// faults are what keeps a resource, or a part of it, from being released, each
// with the node at which it was first seen (0: the resource as a whole).
type faults struct {
	unclear   bool // some part is not understood
	other     bool // some part is, or may be, another patient's
	label     bool // it has a label that the plan does not allow
	forbidden bool // it contains what never goes with it
	culprit   [reasonCount]uint32
	cuts      []uint32 // parts that are cut out, though no mask names them
}

// maxCuts bounds how many parts are remembered; all are cut.
const maxCuts = 8

func (f *faults) reset() {
	f.unclear, f.other, f.label, f.forbidden = false, false, false, false
	f.culprit = [reasonCount]uint32{}
	f.cuts = f.cuts[:0]
}

// notClear: the node, or what stands there, is not understood.
func (f *faults) notClear(at uint32) {
	f.unclear = true
	f.blame(notUnderstood, at)
}

// ofAnother: the node is, or may be, about another patient.
func (f *faults) ofAnother(at uint32) {
	f.other = true
	f.blame(otherPatient, at)
}

// blame keeps the first node that gave a reason.
func (f *faults) blame(why reason, at uint32) {
	if f.culprit[why] == 0 {
		f.culprit[why] = at
	}
}

// cutOut remembers a part that is dropped.
func (f *faults) cutOut(at uint32) {
	if len(f.cuts) < maxCuts {
		f.cuts = append(f.cuts, at)
	}
}
