package fhir

// Limits bounds what a request may make the broker read and hold. Zero fields
// are refused by nothing and allow nothing: start from DefaultLimits.
type Limits struct {
	Path        int // bytes of the path
	Query       int // bytes of the query, and of nothing else
	Form        int // bytes of the body of a POST _search
	Params      int // search parameters, query and body together
	Value       int // bytes of one decoded value
	Choices     int // comma-separated choices in one value
	PageToken   int // bytes of a page token
	DefaultPage int // entries a page when the request does not say: _count
	MaxPage     int // entries a page at most; a larger _count is lowered to it
}

// DefaultLimits is what ParseRequest uses.
var DefaultLimits = Limits{
	Path:        1024,
	Query:       8 << 10,
	Form:        64 << 10,
	Params:      32,
	Value:       1024,
	Choices:     50,
	PageToken:   6 << 10,
	DefaultPage: 50,
	MaxPage:     200,
}
