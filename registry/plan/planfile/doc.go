// Package planfile writes plans into a file, and reads them back. The format is for people, for policy engines and for
// manifest-tool apply: docs/schema/plan-v1.schema.json describes it. It does not follow package plan, whose values may
// change.
//
// A plan file is input from outside. [Decode] accepts only what [Encode] writes: known fields, in their order, with
// valid names and digests, and without a contradiction.
package planfile
