package trail

// What the tests of the insides need.
var (
	Cell            = cell
	Table           = table
	TypedNumber     = typedNumber
	WithoutNumbers  = withoutNumbers
	HoldsNumber     = holdsNumber
	Bounded         = bounded
	Read            = read
	Visible         = visible
	Tame            = tame
	PlainCategories = plainCategories
	WhyShown        = whyShown
	WhyRefused      = whyRefused
)

// Values gives a question's address, for FuzzRead.
func (q question) Values() map[string][]string { return q.values() }
