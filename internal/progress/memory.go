package progress

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// memory keeps how long steps took the last time, in a file of the cache folder.
// It never fails: what cannot be read or written is not remembered.
type memory struct{ dir string }

// forgotten is when a step that did not run any more leaves the file.
const forgotten = 180 * 24 * time.Hour

type duration struct {
	Seconds float64
	On      time.Time
}

func (m memory) file() string { return filepath.Join(m.dir, "durations.json") }

func (m memory) read() map[string]duration {
	all := map[string]duration{}
	if m.dir == "" {
		return all
	}
	if text, err := os.ReadFile(m.file()); err != nil || json.Unmarshal(text, &all) != nil || all == nil {
		return map[string]duration{}
	}
	return all
}

// last is 0 for a step that has not run yet.
func (m memory) last(key string) time.Duration {
	return time.Duration(m.read()[key].Seconds * float64(time.Second))
}

// keep writes the file again, in one step. Of two programs that do so at once
// one remembers: that is enough here.
func (m memory) keep(key string, took time.Duration) {
	if m.dir == "" {
		return
	}
	all := m.read()
	maps.DeleteFunc(all, func(_ string, d duration) bool { return time.Since(d.On) > forgotten })
	all[key] = duration{took.Seconds(), time.Now()}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return
	}
	tmp, err := os.CreateTemp(m.dir, "durations-")
	if err != nil {
		return
	}
	_, err = tmp.Write(append(text, '\n'))
	if closed := tmp.Close(); err != nil || closed != nil || os.Rename(tmp.Name(), m.file()) != nil {
		_ = os.Remove(tmp.Name())
	}
}
