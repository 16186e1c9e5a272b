package slots

import "time"

// A Quota is what a registry says about one of its limits: how many requests are left until the reset.
type Quota struct {
	Name   string
	Limit  int // of the whole window; 0 if unknown
	Left   int
	Reset  time.Time     // zero if unknown
	Window time.Duration // 0 if unknown
	Pulls  bool          // only requests of the kind Pull count
}

// A quota is the latest state of a Quota.
type quota struct {
	Quota
	first time.Time // what the registry said first about the reset of this window
	last  time.Time // when the last request was sent
	told  time.Time // the rest that was reported
}

const (
	// lowShare is the part of a quota that is left when requests are spread over the rest of the window.
	lowShare = 10
	// resetSlack allows for times in whole seconds, and for different clocks.
	resetSlack = 2 * time.Second
)

func (q *quota) same(other Quota) bool { return q.Name == other.Name && q.Limit == other.Limit }

// learn updates the quota from an answer. Within a window the lowest number counts, because answers overtake one
// another.
func (q *quota) learn(said Quota, now time.Time) {
	if said.Reset.IsZero() {
		if said.Reset = q.Reset; !now.Before(q.Reset) {
			said.Reset = now.Add(said.Window)
		}
	}
	if !said.Reset.After(now) {
		return // of a window that has ended
	}
	said.Window = max(said.Window, q.Window, said.Reset.Sub(now))
	if now.Before(q.Reset) && said.Reset.Sub(q.first).Abs() <= resetSlack {
		said.Left = min(said.Left, q.Left)
		said.Reset = latest(said.Reset, q.Reset)
	} else {
		q.first = said.Reset
	}
	q.Quota = said
}

// allowed returns when n more requests may be sent while others are under way, and whether the registry rests until
// then. A quota that is used up is waited for, if it is full again within MaxWait. Of a longer window, the last requests
// are spread over the rest, unless there are so few that each would wait longer than MaxWait: then the registry decides.
func (q *quota) allowed(now time.Time, n, under int) (at time.Time, rests bool) {
	if !now.Before(q.Reset) {
		if q.Limit == 0 {
			return time.Time{}, false // until the next answer
		}
		q.first, q.Reset, q.Left = now.Add(q.Window), now.Add(q.Window), q.Limit
	}
	left, rest := q.Left-under, q.Reset.Sub(now)
	share := rest / time.Duration(max(left, 0)+1)
	switch {
	case left < min(n, max(q.Limit, 1)) && under > 0:
		return q.Reset, false // or until those under way are done
	case left < min(n, max(q.Limit, 1)) && rest <= MaxWait:
		return q.Reset, true
	case rest <= MaxWait || left > q.Limit/lowShare || share > MaxWait:
		return time.Time{}, false
	}
	return q.last.Add(share), false
}
