package nearest

import "testing"

func TestWord(t *testing.T) {
	words := []string{"annotations", "image", "manifests", "tags", "type", "--target"}
	tests := []struct{ in, want string }{
		{"imgae", "image"},
		{"img", "image"},
		{"IMAGE", "image"},
		{"manifest", "manifests"},
		{"tag", "tags"},
		{"annotation", "annotations"},
		{"anno", "annotations"}, // the beginning of a word
		{"frobnicate", ""},
		{"x", ""},
		{"", ""},
		{"manifets", "manifests"},
		{"mnifsts", "manifests"}, // two letters left out
		{"tgas", "tags"},
		{"tasg", "tags"},
		{"--tgt", "--target"}, // three letters left out, and none at the ends
		{"--get", ""},
		{"--tge", ""},
		{"mnfsts", "manifests"},
		{"mns", ""},
		{"page", ""},
		{"images-of-mine", ""},
	}
	for _, tt := range tests {
		if got := Word(tt.in, words...); got != tt.want {
			t.Errorf("Word(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	if got := Word("image"); got != "" {
		t.Errorf("nearest.Word of no words = %q", got)
	}
}
