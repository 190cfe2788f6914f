package format

// Sizes in bytes.
const (
	Page       = 4096      // a commit starts on a page of its own
	MaxSegment = 256 << 20 // the longest segment

	sector = 512 // what a disk writes whole, or not at all
)

// Up rounds n up to a multiple of unit, a power of two.
func Up(n, unit int64) int64 { return (n + unit - 1) &^ (unit - 1) }

// Pad appends zeros to b, up to the next page.
func Pad(b []byte) []byte { return append(b, zeros[:Up(int64(len(b)), Page)-int64(len(b))]...) }
