package folder

import "github.com/mycarerecord/mcr/decision/internal/fault"

// mostDeep bounds how deep brackets of a rule stand within each other. Some thousands keep
// OPA's compiler busy for minutes, and a start or a reload with it.
const mostDeep = 64

// tooDeep gives the line in which more brackets are open than any rule needs; 0: none.
func tooDeep(rule string) (line int) {
	line = 1
	depth := 0
	quote := byte(0) // what a text ends with
	for i := 0; i < len(rule); i++ {
		b := rule[i]
		switch {
		case b == '\n':
			line++
			if quote == '"' || quote == '#' {
				quote = 0
			}
		case quote == '"' && b == '\\':
			i++
		case quote != 0:
			if b == quote && quote != '#' {
				quote = 0
			}
		case b == '"', b == '`', b == '#':
			quote = b
		case b == '(', b == '[', b == '{':
			if depth++; depth > mostDeep {
				return line
			}
		case b == ')', b == ']', b == '}':
			depth--
		}
	}
	return 0
}

// mostRule is how long a file of rules or tests may be. What OPA does with a body grows with
// the square of its lines; the longest that is shipped has 12 KB.
const mostRule = 128 << 10

// TooMuch says that a rule would keep whoever compiles it busy for too long.
func TooMuch(file, rule string) (fault.Fault, bool) {
	f := fault.Fault{File: file, Do: "make two rules of it, or a list of data/ that the rule reads"}
	if len(rule) > mostRule {
		f.What = "the file is longer than a rule may be (128 KiB)"
		return f, true
	}
	if f.Line = tooDeep(rule); f.Line > 0 {
		f.What, f.Do = "too many brackets stand within each other here", "take brackets out, or make parts of it"
	}
	return f, f.Line > 0
}
