package pricelist

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
)

// Update writes the current prices into the text of prices.yaml, and the day into
// those that AWS's list has. Comments and order stay.
func Update(data []byte, regions []string, differences []Difference, today string) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	all := value(document.Content[0], "prices")
	if all == nil {
		return nil, fmt.Errorf("it has no prices")
	}
	if compared := value(document.Content[0], "compared"); compared != nil {
		compared.Value, compared.Tag = today, ""
	}
	for _, price := range all.Content {
		name := value(price, "name").Value
		usd := value(price, "usd")
		gone := false
		for _, d := range differences {
			if d.Name != name {
				continue
			}
			if d.Problem != "" {
				gone = true
				continue
			}
			text := strconv.FormatFloat(d.Current, 'f', -1, 64)
			if at := value(usd, d.Region); at != nil {
				at.Value, at.Tag = text, ""
			} else {
				insert(usd, d.Region, text, regions)
			}
		}
		if !gone {
			value(price, "date").Value = today
		}
	}
	return encode(&document)
}

func encode(document *yaml.Node) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return nil, err
	}
	if _, err := cost.ParsePrices(text.Bytes()); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// insert keeps the order of the file's regions.
func insert(usd *yaml.Node, region, text string, regions []string) {
	at := len(usd.Content)
	for i := 0; i < len(usd.Content); i += 2 {
		if slices.Index(regions, usd.Content[i].Value) > slices.Index(regions, region) {
			at = i
			break
		}
	}
	usd.Content = slices.Insert(usd.Content, at, &yaml.Node{Kind: yaml.ScalarNode, Value: region}, &yaml.Node{Kind: yaml.ScalarNode, Value: text})
}

// value is that of a key in a mapping, or nil.
func value(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}
