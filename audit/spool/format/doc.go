// Package format is what the bytes of a segment of the spool are: its name and first page
// (Title, Header), its frames, each an entry with its checksums and its link of the chain
// (Frame), and what a whole file of them says.
//
// Scan finds the entries in a segment, however damaged it is, as stretches without a gap
// (Run). Judge then tells damage to what had been acknowledged from what a loss of power
// leaves of a write that was acknowledged to nobody. Both are functions of bytes alone: no
// file is opened here, and none written. What becomes of the verdict is the spool's matter.
//
// Segments are written in Version 2; those of version 1 are read. Package spool draws the
// whole and says why it is so.
package format
