package containerd

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestChoose(t *testing.T) {
	tests := []struct {
		node, entries string // "-" is an entry without a platform
		chosen        int
		reasons       []string // one for each entry: a part of it
	}{
		{"linux/amd64", "linux/arm64,linux/amd64", 1, []string{"refused: the architecture is arm64/v8, the node has amd64/v1", "chosen: the platform of the node"}},
		{"linux/arm/v7", "linux/arm/v5,linux/arm/v6", 1, []string{"possible: runs on the node, but linux/arm/v6 is closer", "chosen: linux/arm/v6 also runs on linux/arm/v7, and no closer entry is listed"}},
		{"linux/amd64/v2", "linux/amd64/v3,linux/amd64,linux/386", 1, []string{"refused: requires amd64/v3, the node has amd64/v2", "chosen: linux/amd64/v1 also runs on linux/amd64/v2", "possible: runs on the node, but linux/amd64/v1 is closer"}},
		{"linux/arm64", "linux/arm/v7,linux/arm64/v9", 0, []string{"chosen: linux/arm/v7 also runs on linux/arm64/v8", "refused: requires arm64/v9, the node has arm64/v8"}},
		{"linux/amd64", "linux/amd64,linux/amd64", 0, []string{"chosen", "possible: runs on the node, but an equal entry is listed before it"}},
		{"linux/amd64", "linux(+nydus)/amd64,linux/amd64", 1, []string{"refused: requires os.features that the node lacks: nydus", "chosen: the platform of the node"}},
		{"linux(+nydus)/amd64", "linux/amd64,linux(+nydus)/amd64", 1, []string{"possible: runs on the node, but an entry with more os.features goes first", "chosen: the platform of the node, with os.features nydus"}},
		{"windows(10.0.20348)/amd64", "windows(10.0.17763.1)/amd64,windows(10.0.20348.1)/amd64", 1, []string{"refused: os.version 10.0.17763.1: the node runs build 10.0.20348 only", "chosen: the platform of the node: the node runs build 10.0.20348 only"}},
		{"windows(10.0.26100)/amd64", "windows(10.0.20348.1)/amd64,windows(10.0.26100.1)/amd64", 1, []string{"possible: runs on the node, but os.version 10.0.26100.1 is higher", "chosen: the platform of the node: the node runs builds 10.0.20348 to 26100"}},
		{"windows(10.0.17763)/amd64", "windows/amd64,windows(10.0.17763.1)/amd64,windows/386", 1, []string{"possible: runs on the node, but os.version 10.0.17763.1 is higher", "chosen", "refused: the architecture is 386, the node has amd64/v1"}},
		{"darwin/arm64", "linux/arm64,darwin/arm64,windows/arm64", 1, []string{"possible: runs on the node, but darwin/arm64/v8 is closer", "chosen", "refused: the os is windows, the node has darwin"}},
		{"linux/amd64", "-,linux/amd64,unknown/unknown", 1, []string{"possible: the entry names no platform, and an entry with a platform fits", "chosen", "refused: unknown/unknown is no platform: no node runs it"}},
		{"linux/amd64", "-,-", 0, []string{"chosen: the entry names no platform, and no other entry fits: the config of the image decides", "possible: the entry names no platform, and containerd tries only the first such entry"}},
		{"linux/s390x", "windows/amd64", -1, []string{"refused: the os is windows, the node has linux"}},
		{"linux/s390x", "", -1, nil},
	}
	for _, tt := range tests {
		var words []string
		if tt.entries != "" {
			words = strings.Split(tt.entries, ",")
		}
		c := Choose(parse(tt.node), entriesOf(words))
		if c.Chosen != tt.chosen || len(c.Verdicts) != len(tt.reasons) {
			t.Errorf("on %s, of %s: entry %d, %d verdicts", tt.node, tt.entries, c.Chosen, len(c.Verdicts))
			continue
		}
		for i, v := range c.Verdicts {
			if got := string(v.Result) + ": " + v.Reason; !strings.HasPrefix(got, tt.reasons[i]) {
				t.Errorf("on %s, entry %d of %s: %q, want %q", tt.node, i, tt.entries, got, tt.reasons[i])
			}
		}
	}
}

func TestFits(t *testing.T) {
	if ok, reason := Fits(parse("linux/arm64"), parse("linux/arm/v7")); !ok || !strings.HasPrefix(reason, "linux/arm/v7 also runs on linux/arm64/v8") {
		t.Error(ok, reason)
	}
	if ok, reason := Fits(parse("linux/arm64"), parse("linux/amd64")); ok || reason != "the architecture is amd64/v1, the node has arm64/v8" {
		t.Error(ok, reason)
	}
	if ok, reason := Fits(parse("linux/arm64"), v1.Platform{}); ok || reason != "no architecture is named" {
		t.Error(ok, reason)
	}
}
