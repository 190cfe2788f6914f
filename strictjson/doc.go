// Package strictjson is the one rule for what JSON is accepted. Readers disagree
// about some texts that RFC 8259 allows: of a name that stands twice one reader
// takes the first and another the last, encoding/json takes "Status" for
// "status", and of half a surrogate one keeps it and another makes U+FFFD. Whoever
// writes such a text can show two readers two things (attack 12). A text that is
// accepted here means the same to every reader.
//
// The rule: a text is valid by RFC 8259, in UTF-8, without a byte order mark and
// with nothing after its value. In an object no name stands twice, none differs
// from another in case alone (folded as encoding/json folds, ſ and K included),
// and none is empty. No name and no string has half a surrogate. At most [Deepest]
// objects and arrays stand within each other, and at most [Widest] members in one
// object. [Options] make the rule narrower and never wider.
//
// A name with escapes is accepted, is compared with others as what it stands for,
// and is given so. RFC 8259 §8.3 and all readers agree about what it is, and real
// writers use escapes: PHP writes \/ in each name that is an address, as claims
// often are, and encoding/json itself writes \u0026 for &.
//
// There are three ways to read, all of which scan the text once and copy none of
// it but strings with escapes:
//
//   - [Document.Read] gives flat nodes, which can be used again: for what is read
//     often and whole.
//   - [Check] keeps nothing. [Members] and [Elements] then walk through what is
//     wanted of the text: for what is long.
//   - [Decode] gives maps and slices: for what is short.
//
// Errors hold nothing of a text. A [Document] is for one goroutine at a time; the
// functions may be used by many at once.
package strictjson
