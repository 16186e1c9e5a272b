package run

import (
	"maps"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

const (
	// maxLanes limits the lanes of a run, because each has memory of its own.
	maxLanes = 4
	// memoryOfLane is the memory of the images of a lane, at least.
	memoryOfLane = memoryOfImages / 2
)

// lanesOf divides images by the registries that they use, and keeps their order. Each lane has a limit of its own on the
// images that are pushed at a time, so that the images of a registry that rests do not hold up those of others. It returns
// the numbers of the images.
//
// An image may wait for one of another lane: of the images that are not done, the first has begun, because it is also the
// first of its lane, and it waits for none.
func lanesOf(all int, registries func(number int) string) (lanes [][]int) {
	of := map[string]int{}
	for i := range all {
		uses := registries(i)
		lane, known := of[uses]
		if !known {
			lane = min(len(of), maxLanes-1)
			of[uses] = lane
		}
		if lane == len(lanes) {
			lanes = append(lanes, nil)
		}
		lanes[lane] = append(lanes[lane], i)
	}
	return lanes
}

// registriesOf names the registries among places.
func registriesOf(p places) string {
	hosts := map[string]bool{}
	for _, place := range p.all() {
		if place.Kind == spec.Registry {
			hosts[place.Repository.RegistryStr()] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(hosts)), " ")
}
