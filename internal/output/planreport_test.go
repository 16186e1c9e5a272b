package output

import "testing"

// A plan without the images that were not tried is not written.
func TestPlanOfAnEndedRun(t *testing.T) {
	r := &planReport{}
	if print, err := r.Finish(2, Rest{Images: 1}); print != nil || err != nil {
		t.Errorf("the plan is written; error %v", err)
	}
}
