// Package retention says what may leave the trail, and when: records whose period is over
// are retired (Periods, PlanRetirement), details of a person are erased out of them
// (EraseDetails), and neither happens to a record on which a legal hold lies (Holds).
//
// Nothing leaves without a Receipt, which is a record of the trail itself: it names what went
// by chain and number, with the hashes on which the proofs of the rest go on (package
// audit/proof reads them). Receipts and holds are never retired.
//
// A store from which something can be taken is an Eraser, a Retirer, or both. The commands
// of mcr put these together: the receipt is written and delivered first, then the store
// changes, so that a crash between leaves a receipt for what is there still, and never
// something gone without one.
//
// What it does not: it writes no record and changes no store by itself.
package retention
