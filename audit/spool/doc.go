// Package spool is a durable, ordered, hash-chained log of byte strings, kept in
// a directory until somebody else has them. The broker puts the audit record of
// each request into it before the first byte of an answer leaves; a shipper
// reads the records in order, delivers them to the store and acknowledges them.
//
// # What it promises
//
// When Append returns without an error, the entry survives the end of the
// process and a loss of power. After the next Open it is there, once, at the
// same number and with the same hash, or its number stands in Stats().Report as
// lost: never silently missing, never altered, never in another order. A number
// is given to one entry only. An entry whose Append failed may be there or not.
//
// What of its files is deleted, replaced or written to underneath while it is open
// is seen within a second, though nobody appends or asks: Append and Check refuse
// with the reason, and Stats says it, and what is lost by it. See watcher.
//
// # What it does not promise
//
// It does not see that the whole directory was exchanged for an older copy: nothing
// in a log can. Its owner compares Last with a checkpoint kept elsewhere and with
// the highest number in the store. It protects against faults and not against
// somebody who can write to the directory: that is seen by the hash chain, in what
// was delivered and compared with a signed checkpoint. It does not encrypt.
//
// # What cannot be told
//
// How far the log had come is written down, beside the acknowledgement, with each
// acknowledgement, each second, and when the spool is closed. What stands below
// that number was durable, and damage to it is told as what it is: all of the log,
// if it was closed in order, however it is damaged. Where the process ended, it is so
// for all but the entries since that note; where the power did, for all but those since
// the note that was synced last, with an acknowledgement before segments were deleted, or
// by the system itself. Of the entries since this cannot be told:
//
//   - Sectors of the last commit that are all zeros: a loss of power before the
//     commit was durable leaves the same. The commit is in Report.Torn, its numbers
//     are given again. One flipped bit, one cut, one sector copied from elsewhere,
//     or two that changed places with what is no zeros, do not look like that.
//   - The newest segment deleted, or the last commits blanked with all that is in
//     their pages: there is nothing that speaks of them.
//   - How many entries a commit held whose headers are all unreadable. As many
//     numbers as there is room for are not given again, and Loss.AtMost is set.
//   - In a segment of format 1, a length that was altered in the last frame.
//
// Nor can it be told, after both files of the acknowledgement were lost, whether
// what stood before the first segment had been acknowledged: a Flaw says it.
//
// # The duties of the caller
//
//   - It MUST NOT let an answer out before Append has returned without an error.
//   - It MUST NOT change the payload while Append runs, nor after ErrUncertain.
//   - It MUST acknowledge only what is durable where it was delivered, since
//     acknowledged segments are deleted.
//   - It MUST be able to take an entry twice: an acknowledgement that a crash
//     takes back means a second delivery.
//   - It MUST look at Stats().Report after Open and while running, and raise an
//     alarm when it is not Clean. It MUST NOT take a gap in the numbers for
//     anything but a loss.
//   - It MUST compare Last with a checkpoint before it serves.
//   - It MUST call Check while it refuses work for want of the log: nothing else
//     tries a failed disk again when nobody appends.
//   - It MUST keep the directory on a local file system that keeps the promise of
//     fsync, on a disk that keeps that of its cache flush.
//
// # The files
//
//	lock                                       held with flock while open
//	acknowledged, acknowledged-2               how far the reader, and the log, have come
//	<base>-<ordinal>-<key>.seg                 a segment, all in hexadecimal
//	<base>-<ordinal>-<key>.seg.packed          a segment that is full, packed
//	<base>-<ordinal>-<key>.seg.damaged         one set aside; delete it by hand
//	<base>-<ordinal>-<key>.seg.packed.damaged  a packed one set aside
//	<base>-<ordinal>-<key>.seg.packed.tmp      one being packed
//	<ordinal>.tmp                              zeros that become the next segment
//
// A segment is written full of zeros and synced before it gets its name. It
// begins with one page of header:
//
//	 0        8     12    16       24       32              64     72    76      4096
//	+--------+-----+-----+--------+--------+---------------+------+-----+---...--+
//	|MCRSPOOL| ver | key |  base  | begun  |  hash before  | size | crc |  zeros |
//	+--------+-----+-----+--------+--------+---------------+------+-----+---...--+
//
// base is the number of its first entry, "hash before" what that entry links to,
// key where the checksums of its frames begin, size the length of the file. Then
// come commits, each at the beginning of a page; a commit is one or more frames and
// zeros up to the next page. A frame is one entry (numbers are big-endian):
//
//	 0        4       6      8      16      20    24         56    64
//	+--------+-------+------+------+-------+-----+----------+-----+---...---+----+
//	| length | place | left | time | check | crc |   hash   | seq | payload | ff |
//	+--------+-------+------+------+-------+-----+----------+-----+---...---+----+
//	          CRC-32C of the header _/      \_ and of the payload     to 8 bytes _/
//
// place and left are how many entries of the same commit stand before and after
// this one; one to eight bytes of ones end it; and
//
//	hash = SHA-256( hash of the entry before ‖ seq ‖ payload )
//
// This is version 2 of the format. Version 1, whose frames have one checksum, is
// read (package format) and no longer written. The acknowledgement is drawn in
// ackfile.go.
//
// # Why a crash loses nothing
//
// One goroutine, the committer, writes. It takes all payloads that wait, numbers
// and links them, writes them with one write, calls fdatasync once, and only then
// tells the writers. What is acknowledged is therefore on the disk, and there is
// at most one commit that is not acknowledged: the last.
//
// A commit never touches a page that holds acknowledged bytes, since it begins on
// a page of its own. So a write torn by a loss of power spoils nothing but itself.
//
// Recovery reads frame after frame. Where the right frame does not stand it asks
// whether the log had come farther, or a later commit, or a later segment is there.
// If so, the entry had been acknowledged, because the committer begins nothing
// before the last thing is durable: that is damage. If not, it is the last commit.
// The segment was full of zeros and a disk writes whole sectors, so a torn write
// shows as sectors of zeros where the frame should be, and how long it should be its
// header says, which has a check of its own and stands in sectors of its own. With
// none of them missing the bytes were all written and have changed: damage again.
// (Payloads should be text: 512 zero bytes in one blur this last distinction.)
// A torn commit is left out and was promised to nobody. A damaged segment is set
// aside under another name, the entries before and after the damage stay
// readable, and the numbers between are reported. In doubt it is called damage.
//
// A segment has its full length until it has a successor, and is cut to what is in
// it only then: so one that has lost its end is known by its length.
//
// No file is written to by two openings. The next one begins a new segment, whose
// base, durable before anything else happens, says where the one before ends;
// whatever stands there beyond that number counts no more. Into it go, before it
// gets its name, the entries of the last commit found: they may have been
// readable from memory only, with a system that believes them written.
//
// The same is done without a restart when a write or a sync fails. Linux reports
// a failed fsync once, marks the pages clean and succeeds the next time, so the
// descriptor is given up at once, the writers get ErrFailed, and when the disk
// has rested a second the next Append or Check begins a new segment at the number
// that the failed commit would have had. If the machine dies before that, what
// the failed commit left may come back as entries: records of answers that were
// never released. A full disk takes the same way: nothing acknowledged is lost,
// no number is lost, no restart is needed.
//
// A segment is deleted when all its entries are acknowledged, the acknowledgement
// is durable in both its files, and the holding time is over. The newest segment
// never is: it holds the number and the hash that come next.
//
// # Packed segments
//
// A commit begins on a page of its own, and at ordinary load it is one entry: 2.8 KB of
// text take 4.2 KB. So with a Codec one goroutine packs, in the background, the segments
// that are no longer written to; the way of an append is as it is without. What it makes
// of a segment is written beside it under another name, synced, read back, unpacked and
// compared byte for byte with the segment, whose every entry was verified by checksum and
// chain; then it gets its name, the directory is synced, and the segment is removed. At
// each moment one of the two is whole and durable under its name. Of a segment with both
// files the packed one stays if each of its bytes is right; otherwise it is set aside.
//
// A packed file is the segment's bytes in blocks of 256 KiB, each with checksums of what
// it is and of what it unpacks to, between two copies of a head that says where they are
// and how far the numbers go (package packed). It is read as if it were the segment. A block
// that is damaged reads as zeros: the entries in it are lost, which is found and told like
// other damage, and no others. One damaged copy of the head costs nothing and is told.
//
// Packing takes at most a quarter of one processor, and none of the room that the next
// segment needs. Where the disk has no room for it, or fails, segments stay as they are,
// and Stats().PackFault says why.
//
// All methods may be called by many goroutines at once.
package spool
