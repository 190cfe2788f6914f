package packed

import "errors"

// Codec packs blocks of a segment (spool.Options.Codec). The spool knows none itself, since it
// rests on the standard library alone; its owner gives one. It is used by several
// goroutines at once.
type Codec interface {
	// Name says in each packed file how to unpack it: 1 to 16 bytes of ASCII, the same for
	// ever. A change of the format is another name.
	Name() string
	// Append appends src, packed, to dst. What it appends can be unpacked by itself.
	Append(dst, src []byte) []byte
	// Decode appends what src unpacks to to dst, which has room for size bytes after its
	// end. It MUST fail rather than append more, whatever src is, and SHOULD take no more
	// memory than a few times size for it.
	Decode(dst, src []byte, size int) ([]byte, error)
}

// ErrCodec says that a file of the spool was packed by a codec that was not given, or in a
// later version. The file is as it was.
var ErrCodec = errors.New("the spool holds a file that cannot be unpacked here")

// MaxName is how many bytes a codec's name may have.
const MaxName = 16
