// Package twins holds that two sources that differ only in what is withheld look the same.
//
// Its tests make pairs of sources by chance: the one has items that may not be shown, by
// their category, their label, a sensitive code, another patient in them or something
// contained, and the other simply does not have them. All that a client can ask of a
// broker is asked of both, and status, header and body must be the same, byte for byte,
// but for the ids of records and what is sealed. One difference is meant: the note that
// something is not shown, of a search that is not narrow; and that is the same for
// whatever, and however much, is not shown.
package twins
