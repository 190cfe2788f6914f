package registry

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// longestLine bounds a resource, in bytes.
const longestLine = 1 << 20

var (
	errMarked = errors.New("begins with a byte order mark (EF BB BF): save the file as UTF-8 without one")
	errUTF16  = errors.New("the file begins with the byte order mark of UTF-16: save it as UTF-8, without a byte order mark")
)

// readResources reads every line before anything is written, so that all faults
// are told at once and the write lock is not held while reading.
func readResources(ctx context.Context, in io.Reader, now time.Time) ([]*resource, error) {
	var resources []*resource
	var faults []Fault
	first := map[string]int{}
	lines := bufio.NewReaderSize(in, 64<<10)
	if mark, _ := lines.Peek(2); bytes.Equal(mark, []byte{0xff, 0xfe}) || bytes.Equal(mark, []byte{0xfe, 0xff}) {
		return nil, &ImportError{[]Fault{{1, errUTF16.Error()}}} // no line of it can be read
	}
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		line, long, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("importing: reading line %d: %w", number, err)
		}
		last := err != nil
		// Not taken silently: other readers of the file may not see what is behind it.
		line, marked := bytes.CutPrefix(line, []byte("\xef\xbb\xbf"))
		if marked {
			faults = append(faults, Fault{number, errMarked.Error()})
		}
		if line = bytes.TrimSpace(line); long {
			faults = append(faults, Fault{number, errTooLong.Error()})
		} else if len(line) > 0 {
			res, problems := readResource(number, line, now)
			if res != nil {
				if at, twice := first[res.key]; twice {
					problems = append(problems, fmt.Sprintf("%s: is the same resource as line %d: keep one", res.kind, at))
				}
				first[res.key] = number
				res.fields = nil // read: free its memory
			}
			for _, p := range problems {
				faults = append(faults, Fault{number, p})
			}
			resources = append(resources, res)
		}
		if last {
			break
		}
	}
	if faults != nil {
		return nil, &ImportError{faults}
	}
	return resources, nil
}

// readLine reads one line; of one that is too long it keeps nothing.
func readLine(in *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > longestLine; !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}
