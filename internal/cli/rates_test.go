package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/manifest-tool/manifest-tool/internal/run"
)

func TestRates(t *testing.T) {
	per := func(n int, d time.Duration) run.Rate { return run.Rate{N: n, Per: d} }
	for args, want := range map[string]map[string]run.Rates{
		"":             {},
		"--rate 300/m": {"": {All: per(300, time.Minute)}},
		"--rate reg.test:5000=10/s,docker.io=100/6h": {"reg.test:5000": {All: per(10, time.Second)}, "index.docker.io": {All: per(100, 6*time.Hour)}},
		"--rate reg.test=1000/m:reads --rate reg.test=100/m:writes --rate 5000/1h": {
			"reg.test": {Reads: per(1000, time.Minute), Writes: per(100, time.Minute)}, "": {All: per(5000, time.Hour)}},
	} {
		got, err := parseRates(t, args)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", args, err, diff)
		}
	}
	for args, words := range map[string]string{
		"--rate=":                   "--rate is empty",
		"--rate 300":                "such as 10/s, 300/m or 5000/h",
		"--rate /m":                 "give a number of requests",
		"--rate 300/":               "give a number of requests",
		"--rate 300/w":              "give a number of requests",
		"--rate 0/m":                "give a number of requests",
		"--rate -1/m":               "give a number of requests",
		"--rate 1/99999h":           "a period from 1s to 24h",
		"--rate 1/1ms":              "a period from 1s to 24h",
		"--rate 2000000/h":          "from 1 to 1000000",
		"--rate 3e2/m":              "give a number of requests",
		"--rate =300/m":             "give a host before the =",
		"--rate a/b=300/m":          "give a host before the =",
		"--rate reg.test=300/m=1":   "give a number of requests",
		"--rate 300/m:pulls":        ":reads or :writes",
		"--rate 300/m --rate 200/m": "has such a rate already",
		"--rate docker.io=1/m,index.docker.io=2/m": "has such a rate already",
	} {
		if _, err := parseRates(t, args); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: error %v, want %q", args, err, words)
		}
	}
}

func parseRates(t *testing.T, args string) (rates map[string]run.Rates, err error) {
	app := &cli.App{Flags: connectionFlags(), Action: func(c *cli.Context) error {
		rates, err = ratesOf(c)
		return nil
	}}
	if runErr := app.Run(append([]string{"x"}, strings.Fields(args)...)); runErr != nil {
		t.Error(runErr)
	}
	return rates, err
}
