package spool_test

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// sparse is a codec that leaves out zeros: how many, how many other bytes, these bytes.
type sparse struct{}

func (sparse) Name() string { return "sparse" }

func (sparse) Append(dst, src []byte) []byte {
	for len(src) > 0 {
		rest := bytes.TrimLeft(src, "\x00")
		dst = binary.AppendUvarint(dst, uint64(len(src)-len(rest)))
		n := bytes.IndexByte(rest, 0)
		if n < 0 {
			n = len(rest)
		}
		dst = append(binary.AppendUvarint(dst, uint64(n)), rest[:n]...)
		src = rest[n:]
	}
	return dst
}

func (sparse) Decode(dst, src []byte, size int) ([]byte, error) {
	for len(src) > 0 {
		zeros, a := binary.Uvarint(src)
		if a <= 0 {
			return nil, errors.New("cut short")
		}
		n, b := binary.Uvarint(src[a:])
		if b <= 0 || n > uint64(len(src)-a-b) || zeros+n > uint64(size) || zeros > uint64(size) {
			return nil, errors.New("cut short, or too long")
		}
		dst = append(append(dst, make([]byte, zeros)...), src[a+b:a+b+int(n)]...)
		src, size = src[a+b+int(n):], size-int(zeros+n)
	}
	return dst, nil
}

// liar is a codec that spoils a byte of what it packs.
type liar struct{ sparse }

func (liar) Append(dst, src []byte) []byte {
	src = bytes.Clone(src)
	src[len(src)/2] ^= 1
	return sparse{}.Append(dst, src)
}

// other is a codec under another name.
type other struct{ sparse }

func (other) Name() string { return "other" }
