package trail

import (
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision/book"
)

// What the tests of the insides need.
var (
	TypedNumber     = typedNumber
	WithoutNumbers  = withoutNumbers
	HoldsNumber     = holdsNumber
	Bounded         = bounded
	Read            = read
	Tame            = tame
	PlainCategories = plainCategories
	WhyShown        = whyShown
	WhyRefused      = whyRefused
	Difference      = difference
)

// Values gives a question's address, for FuzzRead.
func (q question) Values() map[string][]string { return q.values() }

// Headline and Held speak as the pages do, without a list of sources.
func Headline(r *audit.Record) string { return wordsOf(&book.Book{}, nil).headline(r) }
func Holders(v audit.Visit) (seen, kept, empty []string) {
	return wordsOf(&book.Book{}, nil).holders(v)
}
