package check

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MostLine is how long a line may be, in bytes: as long as an answer that the
// broker reads.
const MostLine = 32 << 20

// Lines reads NDJSON: on each line a resource, or {"resource": …} with whatever
// else the writer put beside it. Empty lines are passed over. open is called each
// time that the lines are ranged over.
func Lines(open func() (io.ReadCloser, error)) Entries {
	return func(yield func(Entry, error) bool) {
		in, err := open()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer in.Close()
		lines := bufio.NewReaderSize(in, 64<<10)
		var room []byte
		for n := 1; ; n++ {
			line, long, err := readLine(lines, room[:0])
			if err != nil {
				if !errors.Is(err, io.EOF) {
					yield(Entry{}, fmt.Errorf("reading line %d: %w", n, err))
				}
				return
			}
			room = line
			e := Entry{Place: fmt.Sprintf("line %d", n)}
			switch line = bytes.TrimSpace(line); {
			case long:
				e.Fault = tooLong
			case len(line) == 0:
				continue
			default:
				e.Resource = unwrapped(line)
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// readLine reads a line into room. A line of more than MostLine is read to its end
// and not kept. The error is io.EOF when there is no further line.
func readLine(in *bufio.Reader, room []byte) (line []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(room)+len(part) > MostLine; !long {
			room = append(room, part...)
		}
		switch {
		case err == nil:
			return room, long, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && (len(room) > 0 || long):
			return room, long, nil
		default:
			return room, long, err
		}
	}
}

// unwrapped gives the resource of a line. What it is, the filter judges.
func unwrapped(line []byte) []byte {
	var outer map[string]json.RawMessage
	if json.Unmarshal(line, &outer) != nil {
		return line
	}
	if inner := outer["resource"]; inner != nil && outer["resourceType"] == nil {
		return inner
	}
	return line
}
