package folder

import "github.com/mycarerecord/mcr/decision/internal/fault"

// mostDeep bounds how deep brackets of a rule stand within each other. Some thousands keep
// OPA's compiler busy for minutes, and a start or a reload with it.
const mostDeep = 64

// TooDeep gives the line in which more brackets are open than any rule needs; 0: none.
func TooDeep(rule string) (line int) {
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

// TooDeepFault says so.
func TooDeepFault(file, rule string) fault.Fault {
	return fault.Fault{File: file, Line: TooDeep(rule), What: "too many brackets stand within each other here", Do: "take brackets out, or make parts of it"}
}
