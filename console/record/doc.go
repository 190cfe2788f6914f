// Package record is the professional's view of one patient's record: what the
// sources answered, laid out for somebody who has to treat the patient now.
//
// Read is a pure function from what was collected to a View. It guarantees that
//   - nothing is merged, judged or counted away: every entry that came is a line
//     with its source and date, or is counted as one that could not be displayed;
//   - what did not come is never shown as what there is not: "none recorded" is
//     said of a source only when that source answered in full;
//   - a result is marked abnormal only as its source marked it; it says how old it is
//     when it is not new, and is compared with the one before only where both bear one
//     code of one system and one unit;
//   - allergies and problems of several sources stand together where they share a code,
//     or have none and the same words: every entry whole, and what they disagree about
//     in a sentence. Nobody is believed over another;
//   - decisions about resuscitation stand first, in whatever type of entry they come;
//   - nothing clinical is shown while no source confirms the date of birth, or when
//     one source has another;
//   - text of a source is text, whatever stands in it: see clean.
//
// It does not say whether the record is right, and it knows no medicine: two
// entries stand side by side when their codes or words are the same.
//
// Pages puts a View on pages. Nothing of a record outlives the answer: it is in no
// file, log, metric, cache or address. Views are for one goroutine; Pages may be
// used by many at once.
package record
