package intake

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// Practices are the names and telephones of general practices by their ODS codes, for Patients
// that name a practice and do not give its telephone, as those of the Personal Demographics
// Service.
type Practices struct {
	known  map[nhs.ODSCode]registry.Detail
	closed map[nhs.ODSCode]bool
	digest string // of the file, SHA-256
}

// mostPractices bounds a directory: England has 12,000 prescribing cost centres, 7,000 of them
// practices.
const mostPractices = 500_000

// ReadPractices reads a directory of practices: "epraccur" as NHS England's Organisation Data
// Service publishes it (CSV of 27 columns without a header: 1 is the code, 2 the name, 13 the
// status, A for active, 18 the telephone), or FHIR R4 Organizations, one a line. The error names
// the line.
func ReadPractices(in io.Reader) (*Practices, error) {
	digest := sha256.New()
	p := &Practices{known: map[nhs.ODSCode]registry.Detail{}, closed: map[nhs.ODSCode]bool{}}
	lines := bufio.NewReaderSize(io.TeeReader(in, digest), 64<<10)
	begin, err := lines.Peek(1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the directory of practices: %w", err)
	}
	read := p.readCSV
	if bytes.Equal(begin, []byte("{")) {
		read = p.readFHIR
	}
	if err := read(lines); err != nil {
		return nil, fmt.Errorf("reading the directory of practices: %w", err)
	}
	if len(p.known)+len(p.closed) == 0 {
		return nil, errors.New("reading the directory of practices: it has none")
	}
	p.digest = hex.EncodeToString(digest.Sum(nil))
	return p, nil
}

// Columns of epraccur.
const (
	columnCode      = 0
	columnName      = 1
	columnStatus    = 12
	columnTelephone = 17
)

func (p *Practices) readCSV(in io.Reader) error {
	rows := csv.NewReader(in)
	rows.ReuseRecord = true
	rows.FieldsPerRecord = -1
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%w: it is neither the CSV of epraccur nor FHIR Organizations, one a line", err)
		}
		line, _ := rows.FieldPos(0)
		if len(row) <= columnTelephone {
			return fmt.Errorf("line %d has %d columns: epraccur has 27, the telephone is the 18th", line, len(row))
		}
		code, err := nhs.ParseODSCode(row[columnCode])
		if err != nil {
			return fmt.Errorf("line %d: column 1 is not an ODS code: epraccur has one there, no header and no byte order mark", line)
		}
		if err := p.add(code, row[columnStatus] == "A", registry.Detail{Name: row[columnName], Telephone: row[columnTelephone]}); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (p *Practices) readFHIR(in io.Reader) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for number := 1; ; number++ {
		text, long, _, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		last := err != nil
		if long {
			return fmt.Errorf("line %d %w", number, errTooLong)
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if err := p.organization(text); err != nil {
				return fmt.Errorf("line %d %w", number, err)
			}
		}
		if last {
			return nil
		}
	}
}

func (p *Practices) organization(text []byte) error {
	fields, err := tree(text)
	if err != nil {
		return err
	}
	var problems []string
	o := element{fields: fields, now: time.Now(), problems: &problems}
	o.modifiers()
	if o.text("resourceType") != "Organization" {
		return errors.New("is not an Organization")
	}
	code := nhs.ODSCode{}
	if value := o.identifier("identifier", nhs.ODSSystem, "ODS code"); value != "" {
		code = o.ods(value)
	}
	active := o.flag("active", true)
	delete(fields, "active")
	detail := practice(o)
	if len(problems) > 0 {
		return errors.New(problems[0])
	}
	return p.add(code, active, detail)
}

func (p *Practices) add(code nhs.ODSCode, open bool, detail registry.Detail) error {
	if _, known := p.known[code]; known || p.closed[code] {
		return errors.New("has a code that is there before: keep one")
	}
	if len(p.known)+len(p.closed) == mostPractices {
		return fmt.Errorf("is one of more than %d practices", mostPractices)
	}
	if !open {
		p.closed[code] = true
	} else {
		p.known[code] = detail
	}
	return nil
}

// complete gives a practice that has no telephone the name and telephone of the directory, and
// says whether the directory has it as closed.
func (p *Practices) complete(e *registry.Entry) (closed bool) {
	if p == nil || e.Detail.Telephone != "" {
		return false
	}
	if d := p.known[e.Organisation]; d.Telephone != "" {
		e.Detail = d
	}
	return p.closed[e.Organisation]
}
