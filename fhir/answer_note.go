package fhir

// Note is something that a searchset says of how the source knows the patient,
// for those who may see the patient's record: an OperationOutcome entry of its
// own, severity information, with this reason code.
type Note string

// The notes. Each is a reason code of the policies' closed table.
const (
	// KnownByAnotherNumber: the Patient stands under another NHS number than the
	// one asked for, which is the same person's (PDS: a superseded number). It is
	// said only beside a Patient that is shown.
	KnownByAnotherNumber Note = "known-by-another-number"
	// AnotherRecord: the source holds a second record of the same person, under a
	// further NHS number. It is not in the answer.
	AnotherRecord Note = "another-record-here"
	// NotKnownHere: the source has no patient of the id that was asked for. It is said to
	// those alone who may see any patient of the source.
	NotKnownHere Note = "patient-not-known-here"
	// SomeWithheld: something may not be shown to whoever asks, or is not this
	// patient's. The same words whatever and however much it was.
	SomeWithheld Note = "some-information-withheld"
	// SomeNotUnderstood: something could not be read, or not be placed in the
	// record. That is for the source to mend, and nobody's choice.
	SomeNotUnderstood Note = "some-information-not-understood"
	// SomeInPart: an entry is shown less an element that could not be.
	SomeInPart Note = "some-information-in-part"
	// SomeMayBeWithheld: a narrow search does not tell any of these, and a page that others
	// follow not yet.
	SomeMayBeWithheld Note = "some-information-may-be-withheld"
	// SomePagesMissing: the source has more, and it could not be had: its link leads
	// nowhere, or it did not answer. That is for the source, and whoever runs it, to mend.
	SomePagesMissing Note = "some-pages-missing"
)

// Told is what a search has to tell of what it does not show, of all its pages together.
type Told uint8

// What a search has to tell.
const (
	toldWithheld Told = 1 << iota
	toldUnclear
	toldInPart
)

// noteOf says which note an item's reason leads to. What came along and belongs to
// nothing that is shown (not-referenced) was not asked for, and nobody misses it. Nor does
// anybody who cares for the patient miss who else may see the record, or research
// (notOfCare), which a source may hold of each of its patients: a notice on every record
// would be read on none.
var noteOf = [reasonCount]Note{
	notUnderstood: SomeNotUnderstood, notClassified: SomeNotUnderstood, noPatient: SomeNotUnderstood, sourceOutcome: SomeNotUnderstood,
	typeNotAllowed: SomeWithheld, otherPatient: SomeWithheld, labelWithheld: SomeWithheld, categoryNotInPlan: SomeWithheld, masked: SomeWithheld,
	outOfScope: SomeWithheld,
}

// note is the note that a reason leads to.
func (r reason) note() Note {
	if r >= reasonCount { // kept back by the plan
		return SomeWithheld
	}
	return noteOf[r]
}

// toTell is what is to be told of the entries.
func (c *cutter) toTell() (told Told) {
	for i := range c.entries {
		e := &c.entries[i]
		switch e.why.note() {
		case SomeWithheld:
			told |= toldWithheld
		case SomeNotUnderstood:
			told |= toldUnclear
		}
		if e.given && e.part {
			told |= toldInPart
		}
	}
	return told
}

// notes are what is told, in a fixed order. A page that others follow says what it would
// say whatever was withheld: only the last one tells, of the whole search, so nobody
// learns by it where something is not shown (attack 147).
func (p *Page) notes(further, lacking, shown bool) []Note {
	told := p.said[:0]
	if p.req.Interaction == History { // which says nothing of what it does not show
		if lacking {
			told = append(told, SomePagesMissing)
		}
		return told
	}
	if further || p.req.narrow(p.plan) {
		told = append(told, SomeMayBeWithheld)
	} else {
		for i, note := range [...]Note{SomeWithheld, SomeNotUnderstood, SomeInPart} {
			if p.at.Told&(1<<i) != 0 {
				told = append(told, note)
			}
		}
	}
	if lacking {
		told = append(told, SomePagesMissing)
	}
	for _, n := range p.owner.Notes {
		if n == KnownByAnotherNumber && !shown {
			continue // nobody is shown, so nobody is named
		}
		told = append(told, n)
	}
	return told
}

// noteEntry is a note as an entry of the answer.
func (p *Page) noteEntry(n Note) string {
	if p.req.Interaction == History { // whose entries are requests and responses
		return `{"request":{"method":"GET","url":"` + p.req.Place() + `"},"response":{"status":"200","outcome":` +
			string(Outcome(string(SomePagesMissing), "warning", pagesMissing, pagesMissingRemedy, "")) + `}}`
	}
	return noteEntries[n]
}

// noteEntries are the notes as entries of a searchset.
var noteEntries = map[Note]string{
	KnownByAnotherNumber: outcomeEntry(KnownByAnotherNumber, "This source knows the patient by another NHS number, which is the same person's."),
	AnotherRecord:        outcomeEntry(AnotherRecord, "This source holds another record of this patient, under another NHS number. It is not shown here."),
	NotKnownHere:         outcomeEntry(NotKnownHere, "This source has no patient with this id."),
	SomeWithheld:         outcomeEntry(SomeWithheld, "Some information is not shown."),
	SomeNotUnderstood:    outcomeEntry(SomeNotUnderstood, "Some entries of this source could not be read or placed, and are not shown. That is nobody's choice."),
	SomeInPart:           outcomeEntry(SomeInPart, "Some entries are shown in part: what could not be understood is left out."),
	SomeMayBeWithheld:    outcomeEntry(SomeMayBeWithheld, "Some information may not be shown. A narrow search does not say; a search of several pages says it on the last one."),
	SomePagesMissing:     outcomeEntry(SomePagesMissing, pagesMissing),
}

// What is told of pages that are missing, in the words of the policies' table.
const (
	pagesMissing       = "Some of what this source holds is missing here: a further page of it could not be had."
	pagesMissingRemedy = "Ask again for less at a time, by a period or a category, or telephone the organisation that holds the record. The operator of the source is told."
)

// outcomeEntry is an entry of a searchset that tells something beside the entries. The
// text is that of the policies' table.
func outcomeEntry(note Note, text string) string {
	severity, remedy := "information", ""
	if note == SomePagesMissing {
		severity, remedy = "warning", pagesMissingRemedy
	}
	return `{"resource":` + string(Outcome(string(note), severity, text, remedy, "")) + `,"search":{"mode":"outcome"}}`
}
