package run

import (
	"slices"
	"testing"
)

// Images of the same registries are in one lane, in their order, and there are not too many lanes.
func TestLanes(t *testing.T) {
	registries := []string{"a", "b", "a b", "a", "c", "d", "e", "b", "d"}
	of := func(number int) string { return registries[number] }
	want := [][]int{{0, 3}, {1, 7}, {2}, {4, 5, 6, 8}}
	if got := lanesOf(len(registries), of); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("lanes %v, want %v", got, want)
	}
	if got := lanesOf(1, of); len(got) != 1 || memoryOfImages/len(got) != memoryOfImages {
		t.Errorf("lanes %v", got)
	}
	if got := lanesOf(0, of); len(got) != 0 {
		t.Errorf("lanes %v", got)
	}
}
