package gate

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// percent reads the setting.
func percent() int {
	was := debug.SetGCPercent(100)
	debug.SetGCPercent(was)
	return was
}

func TestTheCollectorIsPutOffAndNoLonger(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	runtime.GC()
	now := collectLater()
	if later := percent(); later <= 200 || later > 100*laterBytes/(8<<20) {
		t.Errorf("it is not put off: %d", percent())
	}
	later := percent()
	collectLater()() // beside another
	if percent() != later {
		t.Errorf("another ended it: %d", percent())
	}
	now()
	now()
	if percent() != 200 {
		t.Errorf("it stays put off: %d", percent())
	}
	for _, set := range []int{-1, 50000} { // somebody knows better
		debug.SetGCPercent(set)
		now := collectLater()
		if percent() != set {
			t.Errorf("%d became %d", set, percent())
		}
		now()
		if percent() != set {
			t.Errorf("%d became %d", set, percent())
		}
	}
	debug.SetGCPercent(200)
	collectLater()()
	if percent() != 200 {
		t.Errorf("it is held for ever: %d", percent())
	}
}
