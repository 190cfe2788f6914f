package broker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// A pairing of a source's id with an NHS number is gone from memory when its time
// is over, although nobody asks any more.
func TestIdentitiesAreForgottenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		number, err := nhs.ParseNumber("9990000018")
		if err != nil {
			t.Fatal(err)
		}
		ids := newIdentities(time.Minute, time.Now)
		ids.keep(identity{localID: "p1", number: number}, time.Now())
		if _, ok := ids.ofID("p1", time.Now()); !ok {
			t.Fatal("it is not remembered at all")
		}
		if _, ok := ids.ofNumber(number, time.Now().Add(time.Minute)); ok {
			t.Error("it is given out after its time")
		}
		time.Sleep(3 * time.Minute) // of the bubble: no time passes outside
		synctest.Wait()
		if n := len(ids.byID) + len(ids.byNumber); n != 0 {
			t.Errorf("%d pairings are still in memory", n)
		}
	})
}
