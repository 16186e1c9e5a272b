package output

import (
	"slices"
	"testing"
)

// Help prints a table of exit codes. Each code that an error has is in it, once and in order.
func TestExitCodesTable(t *testing.T) {
	var listed []int
	for _, row := range ExitCodes {
		listed = append(listed, row.Code)
	}
	if !slices.IsSorted(listed) || len(slices.Compact(slices.Clone(listed))) != len(listed) {
		t.Errorf("%v", listed)
	}
	used := []int{ExitDone, ExitFailure, ExitUsage, ExitNotFound, ExitDenied, ExitUnverified, ExitRefused, ExitUnavailable, ExitPartial, ExitHangup, ExitInterrupt, ExitTerminate}
	for _, e := range explanations {
		if e.code != byClass {
			used = append(used, e.code)
		}
	}
	for _, code := range used {
		if !slices.Contains(listed, code) {
			t.Errorf("exit code %d is not in the table", code)
		}
	}
}
