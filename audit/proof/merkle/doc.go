// Package merkle keeps a Merkle log (RFC 6962, section 2.1) in a folder: for each record
// its entry, 32 bytes that tell nothing by themselves (audit.LeafEntry), and its number.
//
// # The files
//
//	entries   32 bytes a leaf: its entry
//	numbers   8 bytes a leaf, big-endian: the number of its record in the chain, growing
//	level-1   32 bytes for each 256 leaves: the hash above them
//	level-2   32 bytes for each 256 of those, and so on
//
// What clients read are the tiles and entry bundles of c2sp.org/tlog-tiles (Tile, Bundle):
// a tile is a stretch of one of these files, or of the hashes of the entries, so it need
// not be kept as a file of its own. A log of ten million records a day would be 80,000 files a
// day otherwise, and partial tiles to clean up. A tile of a width shows the same bytes
// for ever, since no file is written to but at its end.
//
// # Why a crash loses nothing
//
// Sync makes durable what was appended; only then does the owner sign the size and root,
// and keep durable what it signed. Open is given that size and cuts off whatever stands
// beyond it: it may be there by halves. The owner appends the same records again.
//
// One goroutine appends; any number may read meanwhile, up to a size that was synced.
package merkle
