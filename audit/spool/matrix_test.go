package spool_test

import (
	"bytes"
	"fmt"
	"maps"
	"testing"
)

// What can happen to files, one by one, and to the last commit in each way: see
// image.holds for what the spool is held to.

func TestMatrix_EveryFileRemovedAloneAndInPairs(t *testing.T) {
	aloneOnly(t)
	for kind, im := range images(t) {
		for _, one := range im.names() {
			for _, two := range im.names() {
				files := maps.Clone(im.files)
				delete(files, one)
				delete(files, two)
				what := fmt.Sprintf("%s: %s and %s removed", kind, one, two)
				if newest := im.segment(); (one == newest || two == newest) && (!im.known || !im.closed && one != two) {
					continue // its entries are newer than anything that is left to speak of them
				}
				r := im.holds(t, what, files, false)
				if one == two && len(r.Lost) > 0 && !bytes.HasSuffix([]byte(one), []byte(".seg")) {
					t.Errorf("%s: a false loss: %+v", what, r)
				}
			}
		}
	}
}

func TestMatrix_EveryFileCutEveryEightBytes(t *testing.T) {
	aloneOnly(t)
	for kind, im := range images(t) {
		for _, name := range im.names() {
			size := len(im.files[name])
			var cuts []int
			step := 8
			if size > 4096 && name != im.segment() {
				step = 8 * 5
			}
			step *= im.rarely(3)
			for at := 0; at < size; at += step * sample(at, im.files[name]) {
				cuts = append(cuts, at)
			}
			for _, text := range im.want {
				if at := bytes.Index(im.files[name], []byte(text)); at > 0 {
					for i := range 10 { // what fills a frame up
						cuts = append(cuts, at+len(text)+i)
					}
				}
			}
			for _, at := range cuts {
				files := im.with(name, func(b []byte) []byte { return b[:at] })
				im.holds(t, fmt.Sprintf("%s: %s cut at %d", kind, name, at), files, false)
			}
		}
	}
}

func TestMatrix_BitsFlippedInEveryFile(t *testing.T) {
	aloneOnly(t)
	for kind, im := range images(t) {
		for _, name := range im.names() {
			step := 1
			if len(im.files[name]) > 4096 {
				step = 23
			}
			step *= im.rarely(2)
			for at := 0; at < len(im.files[name]); at += step * sample(at, im.files[name]) {
				files := im.with(name, func(b []byte) []byte { b[at] ^= 1 << (at % 8); return b })
				r := im.holds(t, fmt.Sprintf("%s: %s flipped at %d", kind, name, at), files, false)
				if len(r.Lost) > 0 && len(im.files[name]) < 4096 {
					t.Errorf("%s: %s flipped at %d: a false loss: %+v", kind, name, at, r)
				}
			}
		}
	}
}

// The last frames in every bit: in format 1 some of these let an acknowledged entry
// pass for a torn write, and gave its number to another.
func TestMatrix_EveryBitOfTheLastHeaders(t *testing.T) {
	aloneOnly(t)
	for kind, im := range images(t) {
		name := im.segment()
		for seq := im.commit; seq <= im.last; seq++ {
			at := bytes.Index(im.files[name], []byte(im.want[seq])) - 64
			bits := 8 * (64 + len(im.want[seq]))
			for bit := 0; bit < bits; bit += thinned(13) {
				// All of the header where nothing else tells, and a sample of the rest.
				if bit > 8*72 && bit%331 != 0 || bit%im.rarely(7) != 0 {
					continue
				}
				files := im.with(name, func(b []byte) []byte { b[at+bit/8] ^= 1 << (bit % 8); return b })
				what := fmt.Sprintf("%s: bit %d of entry %d", kind, bit, seq)
				if r := im.holds(t, what, files, false); len(r.Torn) > 0 || r.Clean() {
					t.Fatalf("%s: %+v", what, r)
				}
			}
		}
	}
}

func TestMatrix_SectorsZeroedCopiedAndSwapped(t *testing.T) {
	aloneOnly(t)
	const sector = 512
	for kind, im := range images(t) {
		for _, name := range im.names() {
			b := im.files[name]
			var used []int
			for at := 0; at+sector <= len(b); at += sector {
				if len(bytes.Trim(b[at:at+sector], "\x00")) > 0 {
					used = append(used, at)
				}
			}
			if len(b) < sector {
				continue
			}
			last := used[len(used)-1]
			for _, at := range used {
				files := im.with(name, func(b []byte) []byte { clear(b[at : at+sector]); return b })
				// Of the last commit of a log that was not closed it cannot be told.
				r := im.holds(t, fmt.Sprintf("%s: %s zeroed at %d", kind, name, at), files, !im.known && name == im.segment())
				if im.known && len(r.Torn) > 0 {
					t.Fatalf("%s: %s zeroed at %d: called torn: %+v", kind, name, at, r)
				}
				for _, from := range used {
					if from == at || from != last && at != last && (from+at)%5 != 0 {
						continue
					}
					files := im.with(name, func(b []byte) []byte { copy(b[at:at+sector], b[from:from+sector]); return b })
					im.holds(t, fmt.Sprintf("%s: %s at %d from %d", kind, name, at, from), files, false)
					files = im.with(name, func(b []byte) []byte {
						kept := bytes.Clone(b[at : at+sector])
						copy(b[at:at+sector], b[from:from+sector])
						copy(b[from:from+sector], kept)
						return b
					})
					im.holds(t, fmt.Sprintf("%s: %s at %d and %d swapped", kind, name, at, from), files, false)
				}
			}
		}
	}
}

// rarely gives n where the acknowledgement speaks of the end of the log, and where it
// does not, the hard case, 1.
func (im *image) rarely(n int) int {
	if im.known {
		return n
	}
	return 1
}

// sample thins out what is tried within long stretches of zeros, and the
// rest when time is short.
func sample(at int, b []byte) int {
	if around := b[max(0, at-16):min(len(b), at+16)]; len(bytes.Trim(around, "\x00")) == 0 {
		return 61
	}
	return thinned(37)
}

// aloneOnly leaves out under the race detector what goes through thousands of cases,
// one after the other: make test runs it without.
func aloneOnly(t *testing.T) {
	if race {
		t.Skip("without the race detector only")
	}
}

// thinned gives n when time is short, and otherwise 1.
func thinned(n int) int {
	if testing.Short() || race {
		return n
	}
	return 1
}
