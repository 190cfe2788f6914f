package ended

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mycarerecord/mcr/strictjson"
)

// mostBytes bounds the file: twice the entries, of the longest ids.
const mostBytes = 1 << 28

func line(e Entry) []byte {
	text, err := json.Marshal(e)
	if err != nil {
		panic("ended: encoding an entry: " + err.Error()) // texts and numbers
	}
	return append(text, '\n')
}

// read reads the entries of a file; none where there is no file.
func read(path string) ([]Entry, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case info.Size() > mostBytes:
		return nil, errors.New("the file is too large")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// Parse reads the lines of a list. A last line without its end is left out.
func Parse(text []byte) (entries []Entry, err error) {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if !bytes.HasSuffix(line, []byte("\n")) {
			return entries, nil // cut off as it was written: nobody was told that it was there
		}
		var e Entry
		read := json.NewDecoder(bytes.NewReader(line))
		read.DisallowUnknownFields()
		if strictjson.Check(line, strictjson.Claims) != nil || read.Decode(&e) != nil {
			return nil, fmt.Errorf("line %d is not an entry", n)
		}
		if e.Issuer == "" || e.ID == "" || e.Session == "" && e.Subject == "" && e.Token == "" {
			return nil, fmt.Errorf("line %d names nothing", n)
		}
		entries = append(entries, e)
	}
	return entries, nil
}
