// Package protect makes of an NHS number what the trail may hold of it: a keyed hash, by
// which a patient is found, and a number that is masked or encrypted, which whoever has the
// keys can read.
//
// The Keys are the deployment's own file. They come in epochs: new records are of the newest,
// and a patient is looked for under all that are in use. Rotated begins an epoch, Without
// withdraws one, and Stage and Put bring the new file into use in such a way that a crash
// leaves the old one or the new one, whole.
//
// What it guarantees: without the keys nobody can try out numbers against a record, and no
// error or text of this package repeats a key. What it does not: whoever has both the keys
// and the trail can find everybody in it.
//
// A Protector may be used by many goroutines at once.
package protect
