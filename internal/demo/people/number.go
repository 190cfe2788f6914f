package people

import (
	"fmt"
	"math/rand/v2"

	"github.com/mycarerecord/mcr/nhs"
)

// numbers draws NHS numbers of the range set aside for tests, each once.
type numbers struct {
	r    *rand.Rand
	seen map[string]bool
}

func newNumbers(seed uint64) *numbers {
	return &numbers{r: rand.New(rand.NewPCG(seed, 999)), seen: map[string]bool{}}
}

// next draws nine digits and works out the tenth; one draw in eleven has no
// valid check digit and is thrown away.
func (n *numbers) next() nhs.Number {
	for {
		nine := fmt.Sprintf("999%06d", n.r.IntN(1_000_000))
		sum := 0
		for i := range 9 {
			sum += int(nine[i]-'0') * (10 - i)
		}
		check := (11 - sum%11) % 11
		if check == 10 || n.seen[nine] {
			continue
		}
		number, err := nhs.ParseNumber(fmt.Sprintf("%s%d", nine, check))
		if err != nil {
			continue
		}
		n.seen[nine] = true
		return number
	}
}
