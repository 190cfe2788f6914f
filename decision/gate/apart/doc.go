// Package apart judges a set of policies in a process of its own: the same program, started once
// more, on one processor, with bounded memory and a low priority. Compilers and their garbage
// then keep none of the requests waiting that the first process answers meanwhile.
//
// The set goes to the child's standard input, the verdict comes from its standard output. The child
// is given no environment but what bounds it, writes no file and ends with its parent. A verdict
// that does not come, is cut off, or is of another set is an error, and never a good one.
package apart
