package mutants

// Operator is one way in which a rule or a list can be a little wrong.
type Operator struct {
	Name string // "condition-dropped"
	What string // in plain English, for a table
	// Notice is the sentence told of a survivor; %s is the place.
	Notice string
}

// The operators, in the order of the table.
const (
	conditionDropped   = "condition-dropped"
	notDropped         = "not-dropped"
	notAdded           = "not-added"
	boundaryMoved      = "boundary-moved"
	comparisonTurned   = "comparison-turned"
	alternativeDropped = "alternative-dropped"
	orForAnd           = "or-for-and"
	someForEvery       = "some-for-every"
	arithmeticTurned   = "arithmetic-turned"
	constantChanged    = "constant-changed"
	entryDropped       = "entry-dropped"
	listSwapped        = "list-swapped"
	fieldSwapped       = "field-swapped"
	ruleRemoved        = "rule-removed"
	effectSwapped      = "effect-swapped"
	orderSwapped       = "order-swapped"
	defaultChanged     = "default-changed"
	dataNumberMoved    = "data-number-moved"
	dataSwitchTurned   = "data-switch-turned"
	dataEntryDropped   = "data-entry-dropped"
	dataEntryAdded     = "data-entry-added"
	classRuleRemoved   = "class-rule-removed"
	codeListRemoved    = "code-list-removed"
)

// Operators are all of them. The doc of the package says where they come from.
var Operators = []Operator{
	{conditionDropped, "a condition of a rule is left out", "if this condition were gone: %s"},
	{notDropped, "a \"not\" is left out", "if the \"not\" were gone from: %s"},
	{notAdded, "a condition is turned round with \"not\"", "if this condition meant its opposite: %s"},
	{boundaryMoved, "a boundary is moved by one: < for <=, > for >=", "if the boundary moved by one second, or by one: %s"},
	{comparisonTurned, "a comparison is turned round: == for !=, < for >=", "if this comparison were turned round: %s"},
	{alternativeDropped, "one side of an \"or\" is left out", "if one side of this \"or\" were gone: %s"},
	{orForAnd, "\"or\" is written for \"and\", or \"and\" for \"or\"", "if \"or\" and \"and\" were mixed up in: %s"},
	{someForEvery, "\"every\" is read as \"some\"", "if one were enough where every one is asked for: %s"},
	{arithmeticTurned, "+ for -, * for /", "if the sum were done wrongly: %s"},
	{constantChanged, "a word, a number or a true written in a rule is another", "if another value stood here: %s"},
	{entryDropped, "an entry is left out of a list that is written in a rule", "if an entry were missing from: %s"},
	{listSwapped, "a rule reads the list beside the one it should read", "if another list were read here: %s"},
	{fieldSwapped, "a rule reads the field beside the one it should read", "if another field were read here: %s"},
	{ruleRemoved, "a rule, or one of its bodies, is removed", "if this rule were gone: %s"},
	{effectSwapped, "permit for deny, deny for permit; lacking for unknown, unknown for lacking", "if this rule had the opposite effect: %s"},
	{orderSwapped, "of two answers the one that is looked at second comes first", "if these two were looked at in the other order: %s"},
	{defaultChanged, "a default is another", "if the default were another: %s"},
	{dataNumberMoved, "a number in data/ that a rule reads is one more or less", "if this number were one more or less: %s"},
	{dataSwitchTurned, "a true or false in data/ that a rule reads is turned", "if this were turned: %s"},
	{dataEntryDropped, "an entry is left out of a list in data/ that a rule reads", "if this entry were missing: %s"},
	{dataEntryAdded, "an entry too many stands in a list in data/ that a rule reads", "if this entry were added: %s"},
	{classRuleRemoved, "a rule of data/categories.json is removed", "if this rule of categories were gone: %s"},
	{codeListRemoved, "a list of data/codes is named nowhere, or is empty", "if this list of codes were gone: %s"},
}

// operatorNamed finds an operator.
func operatorNamed(name string) (Operator, bool) {
	for _, o := range Operators {
		if o.Name == name {
			return o, true
		}
	}
	return Operator{}, false
}
