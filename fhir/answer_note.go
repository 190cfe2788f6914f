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
	// SomeMayBeWithheld: a narrow search does not tell any of these.
	SomeMayBeWithheld Note = "some-information-may-be-withheld"
)

// noteOf says which note an item's reason leads to. What came along and belongs to
// nothing that is shown (not-referenced) was not asked for, and nobody misses it.
var noteOf = [reasonCount]Note{
	notUnderstood: SomeNotUnderstood, notClassified: SomeNotUnderstood, noPatient: SomeNotUnderstood, sourceOutcome: SomeNotUnderstood,
	typeNotAllowed: SomeWithheld, otherPatient: SomeWithheld, labelWithheld: SomeWithheld, categoryNotInPlan: SomeWithheld, masked: SomeWithheld,
}

// notes are what is to be told of the entries, in a fixed order.
func (c *cutter) notes(narrow bool) []Note {
	if narrow {
		return narrowNotes
	}
	var withheld, unclear, part bool
	for i := range c.entries {
		e := &c.entries[i]
		withheld = withheld || noteOf[e.why] == SomeWithheld
		unclear = unclear || noteOf[e.why] == SomeNotUnderstood
		part = part || e.why == released && e.part
	}
	told := c.told[:0]
	if withheld {
		told = append(told, SomeWithheld)
	}
	if unclear {
		told = append(told, SomeNotUnderstood)
	}
	if part {
		told = append(told, SomeInPart)
	}
	return told
}

var narrowNotes = []Note{SomeMayBeWithheld}

// noteEntries are the notes as entries of a searchset.
var noteEntries = map[Note]string{
	KnownByAnotherNumber: outcomeEntry(KnownByAnotherNumber, "This source knows the patient by another NHS number, which is the same person's."),
	AnotherRecord:        outcomeEntry(AnotherRecord, "This source holds another record of this patient, under another NHS number. It is not shown here."),
	NotKnownHere:         outcomeEntry(NotKnownHere, "This source has no patient with this id."),
	SomeWithheld:         outcomeEntry(SomeWithheld, "Some information is not shown."),
	SomeNotUnderstood:    outcomeEntry(SomeNotUnderstood, "Some entries of this source could not be read or placed, and are not shown. That is nobody's choice."),
	SomeInPart:           outcomeEntry(SomeInPart, "Some entries are shown in part: what could not be understood is left out."),
	SomeMayBeWithheld:    outcomeEntry(SomeMayBeWithheld, "A search this narrow does not say whether something is not shown."),
}

// maxNotes is how long all notes are at most.
var maxNotes = func() (n int) {
	for _, entry := range noteEntries {
		n += len(entry) + 1
	}
	return n
}()

// outcomeEntry is an entry of a searchset that tells something beside the entries. The
// text is that of the policies' table.
func outcomeEntry(note Note, text string) string {
	return `{"resource":` + string(Outcome(string(note), "information", text, "", "")) + `,"search":{"mode":"outcome"}}`
}
