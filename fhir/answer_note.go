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
)

// noteEntries are the notes as entries of a searchset.
var noteEntries = map[Note]string{
	KnownByAnotherNumber: outcomeEntry(string(KnownByAnotherNumber), "This source knows the patient by another NHS number, which is the same person's."),
	AnotherRecord:        outcomeEntry(string(AnotherRecord), "This source holds another record of this patient, under another NHS number. It is not shown here."),
}

// outcomeEntry is an entry of a searchset that tells something beside the entries. The
// text is that of the policies' table.
func outcomeEntry(code, text string) string {
	return `{"resource":` + string(Outcome(code, "information", text, "", "")) + `,"search":{"mode":"outcome"}}`
}
