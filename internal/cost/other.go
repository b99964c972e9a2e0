package cost

import (
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (e *estimator) keys(all []synthesized.Instance) {
	e.add(Line{Key: "keys", Group: Secrets, Name: "Customer-managed keys", Addresses: addresses(all), Quantity: float64(len(all)), Unit: "keys", Price: e.price("key")})
	var rotated []string
	for _, k := range all {
		if k.Text("enable_key_rotation") == "true" {
			rotated = append(rotated, k.Address())
		}
	}
	if len(rotated) > 0 {
		e.note("each of a key's first two rotations, one a year, adds the price of one key", rotated...)
	}
}

func (e *estimator) secrets(all []synthesized.Instance) {
	e.add(Line{Key: "secrets", Group: Secrets, Name: "Secrets", Addresses: addresses(all), Quantity: float64(len(all)), Unit: "secrets", Price: e.price("secret")})
}

func (e *estimator) images(repositories []synthesized.Instance) {
	e.add(Line{Key: "images", Group: Other, Name: "Images", Addresses: addresses(repositories),
		Quantity: e.assume("image-gb") * float64(len(repositories)), Unit: "GB-months", Price: e.price("images"), Usage: true, Assumption: stated("image-gb")})
}

// queues are billed by the requests; workers ask that of the crash events all the time.
func (e *estimator) queues([]synthesized.Instance) {
	thousands := e.assume("queue-requests")
	for _, s := range e.tasks() {
		for _, c := range s.running {
			for _, v := range c.Environment {
				if v.Name == settings.QueueNameVariable {
					e.add(Line{Key: "queue requests", Group: Other, Name: "Requests to the queue of crash events", Addresses: []string{s.address},
						Quantity: thousands / 1000 * s.least.average(), Most: thousands / 1000 * s.most.average(), Unit: "million", Price: e.price("queue-requests"),
						Usage: true, Assumption: stated("queue-requests")})
				}
			}
		}
	}
}

// stateBuckets hold states. Each plan reads one, each apply writes one.
func (e *estimator) stateBuckets(buckets []synthesized.Instance) {
	at := addresses(buckets)
	e.add(Line{Key: "state", Group: Other, Name: "States in the bucket", Addresses: at,
		Quantity: e.assume("state-gb"), Unit: "GB-months", Price: e.price("state-storage"), Usage: true, Assumption: stated("state-gb")})
	e.add(Line{Key: "state writes", Group: Other, Name: "Writes to the bucket", Addresses: at,
		Quantity: 2 * e.assume("applies") / 1000, Unit: "1,000", Price: e.price("state-writes"), Usage: true, Assumption: stated("applies")})
}

// locks are written and deleted once in each plan and apply, and the digest of the
// state is written.
func (e *estimator) locks(tables []synthesized.Instance) {
	for _, t := range tables {
		if t.Text("billing_mode") != "PAY_PER_REQUEST" {
			e.note("provisioned capacity of a table has no committed price", addresses(tables)...)
			return
		}
	}
	e.add(Line{Key: "locks", Group: Other, Name: "Locks in the table", Addresses: addresses(tables),
		Quantity: 3 * e.assume("applies") / 1e6, Unit: "million", Price: e.price("lock-writes"), Usage: true, Assumption: stated("applies")})
}
