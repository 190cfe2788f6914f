package intake

import (
	"bufio"
	"bytes"
	"errors"
	"sync"

	"github.com/mycarerecord/mcr/registry"
)

// longestLine bounds a resource, in bytes.
const longestLine = 1 << 20

var (
	errMarked = errors.New("begins with a byte order mark (EF BB BF): save the file as UTF-8 without one")
	errUTF16  = errors.New("the file begins with the byte order mark of UTF-16: save it as UTF-8, without a byte order mark")
)

// line is one line of the file, and the resource that it holds.
type line struct {
	number   int
	offset   int64  // where it begins
	text     []byte // nil once it was read
	long     bool
	res      *resource // nil where it holds none, or none that can be read
	problems []string
	old      []registry.Entry // what is on record of the resource: the newest versions
}

// heavy has lines that are long read one at a time: what they are taken apart into is many times
// as large.
var heavy sync.Mutex

const heavyLine = 64 << 10

// read reads the resource of the line.
func (l *line) read(r *reading) {
	if len(l.text) > heavyLine {
		heavy.Lock()
		defer heavy.Unlock()
	}
	// Not taken silently: other readers of the file may not see what is behind it.
	text, marked := bytes.CutPrefix(l.text, []byte("\xef\xbb\xbf"))
	if marked {
		l.problems = append(l.problems, errMarked.Error())
	}
	if text = bytes.TrimSpace(text); l.long {
		l.problems = append(l.problems, errTooLong.Error())
	} else if len(text) > 0 {
		res, problems := r.resource(l.number, text)
		l.problems = append(l.problems, problems...)
		if res != nil {
			res.fields = nil // read: free its memory
			l.res = res
		}
	}
	l.text = nil
}

// readLine reads one line and says how many bytes it has; of one that is too long it keeps nothing.
func readLine(in *bufio.Reader) (line []byte, long bool, size int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		if long = long || len(line)+len(part) > longestLine; !long {
			line = append(line, part...)
		} else {
			line = nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, size, err
		}
	}
}
