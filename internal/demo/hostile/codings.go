package hostile

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"net/http"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// codings are bodies that are packed, or say so. Nobody asked for it.
var codings = []Behaviour{
	{"gzip", "a record in gzip", packed("gzip", gzipped)},
	{"gzip-unsaid", "a record in gzip that does not say so", packed("", gzipped)},
	{"gzip-lie", "a plain record that says gzip", packed("gzip", plain)},
	{"gzip-twice", "gzip in gzip", packed("gzip, gzip", func(b []byte) []byte { return gzipped(gzipped(b)) })},
	{"gzip-two-members", "two members, B in the second", packed("gzip", func(b []byte) []byte { return append(gzipped(b), gzipped([]byte(B))...) })},
	{"gzip-cut-off", "gzip without its end", packed("gzip", func(b []byte) []byte { return gzipped(b)[:20] })},
	{"gzip-bomb", "a gzip of a gigabyte of blanks", bomb("gzip", gzipped)},
	{"x-gzip", "gzip under its old name", packed("x-gzip", gzipped)},
	{"gzip-in-capitals", "GZIP", packed("GZIP", gzipped)},
	{"deflate", "a record in deflate", packed("deflate", func(b []byte) []byte {
		var out bytes.Buffer
		w := zlib.NewWriter(&out)
		_, _ = w.Write(b)
		_ = w.Close()
		return out.Bytes()
	})},
	{"deflate-raw", "deflate without its head", packed("deflate", func(b []byte) []byte {
		var out bytes.Buffer
		w, _ := flate.NewWriter(&out, flate.BestCompression)
		_, _ = w.Write(b)
		_ = w.Close()
		return out.Bytes()
	})},
	{"br", "a record in Brotli", packed("br", brotli)},
	{"br-lie", "a plain record that says br", packed("br", plain)},
	{"zstd", "a record in Zstandard", packed("zstd", zstandard)},
	{"zstd-bomb", "a Zstandard of a gigabyte of blanks", bomb("zstd", zstandard)},
	{"zstd-lie", "a plain record that says zstd", packed("zstd", plain)},
	{"compress", "compress, which nobody has", packed("compress", plain)},
	{"coding-unknown", "a coding that there is none of", packed("x-"+B, plain)},
	{"coding-identity", "identity, said", packed("identity", plain)},
	{"coding-identity-gzip", "identity, gzip", packed("identity, gzip", gzipped)},
	{"coding-twice", "identity in one field, gzip in the next", func(x *ask) {
		x.w.Header()["Content-Encoding"] = []string{"identity", "gzip"}
		x.send(http.StatusOK, string(gzipped([]byte(x.beside()))))
	}},
	{"coding-utf-8", "utf-8 for a coding, as some do", packed("utf-8", plain)},
}

func plain(b []byte) []byte { return b }

// packed answers with a body that was packed, under the name of a coding.
func packed(coding string, pack func([]byte) []byte) answer {
	return func(x *ask) {
		if coding != "" {
			x.w.Header().Set("Content-Encoding", coding)
		}
		x.w.Header().Set("X-B", B)
		x.send(http.StatusOK, string(pack([]byte(x.beside()))))
	}
}

// bomb answers with very much that was packed into little. It is packed piece by piece:
// both formats take several for one.
func bomb(coding string, pack func([]byte) []byte) answer {
	return func(x *ask) {
		x.w.Header().Set("Content-Encoding", coding)
		x.w.Header().Set("X-B", B)
		piece := string(pack(bytes.Repeat([]byte{' '}, 16<<20)))
		x.send(http.StatusOK, strings.Repeat(piece, 64)+string(pack([]byte(x.beside()))))
	}
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b) // a buffer takes all
	_ = w.Close()
	return out.Bytes()
}

func zstandard(b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		return nil
	}
	return w.EncodeAll(b, nil)
}

// brotli writes a Brotli stream that holds its content as it is (RFC 7932 §9.2).
func brotli(b []byte) []byte {
	var out []byte
	for first := true; len(b) > 0; first = false {
		n := min(len(b), 1<<16)
		bits := uint32(n-1)<<3 | 1<<19 // not the last, length in four nibbles, uncompressed
		if first {
			bits <<= 1 // before it, one bit: a window of 16
		}
		out = append(out, byte(bits), byte(bits>>8), byte(bits>>16))
		out, b = append(out, b[:n]...), b[n:]
	}
	return append(out, 3) // the last, and empty
}
