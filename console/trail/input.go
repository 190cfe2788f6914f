package trail

import (
	"encoding/json"
	"time"
)

// input is what the policies saw, as a record keeps it (decision's input). Times
// are seconds since 1970; a fact that nobody looked for is unavailable. What is
// not of this form is left out: the record itself is shown beside it.
type input struct {
	Facts struct {
		Identity struct {
			State string
			Value struct{ Superseded int }
		}
		OptOut           fact[spell] `json:"opt_out"`
		Restriction      fact[spell]
		Registration     fact[spell]
		Permissions      fact[[]spell]
		Relationships    fact[[]spell]
		TestOrders       fact[[]spell] `json:"test_orders"`
		Emergencies      fact[[]spell]
		SubjectIsPatient fact[bool] `json:"subject_is_patient"`
		NationalOptOut   fact[bool] `json:"national_opt_out"`
		Age              fact[int]
	}
	Patient struct{ Known bool }
	Request struct {
		Categories []string
		Action     string
	}
	Statement *struct {
		How        string
		ReasonCode string `json:"reason_code"`
		Until      seconds
		Sensitive  bool
		Sources    []string
	}
	Subject struct {
		AskedLastHour    int    `json:"asked_last_hour"`
		OrganisationKind string `json:"organisation_kind"`
	}
	Time seconds
	here bool // there was an input
}

type fact[T any] struct {
	State string
	Value T
}

// spell is any entry of the registry: something that runs for a time.
type spell struct {
	ID, Kind, Organisation, Name, Contact, Telephone, How, Category, Status, Code string
	UserID                                                                        string `json:"user_id"`
	Given, Withdrawn, Ended, Sensitive                                            bool
	Sources                                                                       []string
	From, Until                                                                   seconds
}

// seconds is a time as the policies have it; far ahead means without an end.
type seconds int64

const endless seconds = 253402300799 // the end of the year 9999

func (s seconds) at() time.Time { return time.Unix(int64(s), 0) }

// open says that there is no such end or beginning.
func (s seconds) open() bool { return s <= 0 || s >= endless }

func readInput(document json.RawMessage) (in input) {
	if len(document) == 0 || json.Unmarshal(document, &in) != nil {
		return input{}
	}
	in.here = in.Time > 0
	return in
}
