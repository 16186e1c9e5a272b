package containerd

import (
	"strconv"
	"strings"
)

// A windowsVersion is the part of os.version that containerd compares.
type windowsVersion struct{ major, minor, build uint64 }

// windowsVersionOf parses MAJOR.MINOR.BUILD[.REVISION]. The zero value is no version, or an invalid one.
func windowsVersionOf(text string) windowsVersion {
	parts := strings.SplitN(text, ".", 4)
	if len(parts) < 3 {
		return windowsVersion{}
	}
	var numbers [3]uint64
	for i, bits := range []int{8, 8, 16} {
		n, err := strconv.ParseUint(parts[i], 10, bits)
		if err != nil {
			return windowsVersion{}
		}
		numbers[i] = n
	}
	return windowsVersion{numbers[0], numbers[1], numbers[2]}
}

// stableReleases are the builds of Windows Server since which a host also runs containers of the release before its
// own: 2022 and 2025. An older host runs only its own build.
var stableReleases = []uint64{20348, 26100}

// runs reports whether a Windows host runs a container of a version. A host or a container without a version fits all.
func (host windowsVersion) runs(version string) bool {
	container := windowsVersionOf(version)
	switch {
	case host == windowsVersion{} || version == "":
		return true
	case host.major != container.major || host.minor != container.minor:
		return false
	}
	oldest, newest := host.builds()
	return oldest <= container.build && container.build <= newest
}

// builds are the oldest and the newest build that a host runs.
func (host windowsVersion) builds() (oldest, newest uint64) {
	if host.build < stableReleases[0] {
		return host.build, host.build
	}
	oldest = stableReleases[0]
	for i, release := range stableReleases {
		if host.build >= release && i > 0 {
			oldest = stableReleases[i-1]
		}
	}
	return oldest, host.build
}
