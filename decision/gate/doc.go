// Package gate is the one way in which a set of policies comes into force. A set is let
// through when its check, its Rego tests and its decision cases find nothing; what was
// judged is what is then decided by, since the folder is read once.
//
// A set that was let through is sealed, under a key of the deployment: the same set and the
// same program need not be judged again, so that a start takes no longer than compiling. A
// seal that is broken, of another program, or cannot be read is no seal, and the set is
// judged.
//
// Each set that was in force is kept. When the folder holds a set that is not let through,
// a start goes by the last one that was, if it is what it was: [Gate.LastGood].
package gate
