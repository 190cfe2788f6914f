// Package trail is the room of the console for auditors, privacy officers and
// source organisations: what happened (overview), which requests (search), one
// of them in full (a record's page), and "Who has accessed this record?" for a
// patient, each on paper and for programs too (CSV, JSON).
//
// What it guarantees:
//
//   - A person sees the part of the trail that Reach gives to their organisation and
//     role, and nothing else: the scope is made in one function from who is signed in,
//     goes with every question, and nothing in a request reaches it (attack 135).
//   - Every look is itself a record of the trail, durable before the first byte of
//     the answer leaves; when it cannot be recorded, nothing is shown. A look that
//     shows several organisations' records is recorded in the part of each.
//   - An NHS number comes in the body of a request and never in an address; it
//     reaches the trail only through the deployment's Protector. However one is
//     written in another field, it is refused and not recorded.
//   - What leads among the numbers is visits; each number leads to its records.
//   - What clients sent long ago is data here too: escaped on pages, harmless in a
//     spreadsheet (attack 132).
//
// What it does not: it decides nothing and changes nothing. It asks an audit.Trail,
// so that it is the same over every store.
//
// A Room may be used by many goroutines at once.
package trail
