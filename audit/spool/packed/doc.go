// Package packed is the file into which the spool packs a segment that is full: the
// segment's bytes, its image, in blocks, each with checksums of what it is and of what it
// unpacks to, between two copies of a head.
//
// Write makes such a file, Differs reads it back, and a File reads as the image: so whoever
// can read a segment can read a packed one. What is damaged in it reads as zeros, which in a
// segment is where no entry stands: it is missed, and told, by the one who scans.
//
// It knows no way of packing itself. A Codec, whose name stands in each file, does that.
package packed
