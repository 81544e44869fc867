import requests
import json

url = "https://api.segmind.com/v1/imagen-4-fast"
headers = {
 "x-api-key": "YOUR_API_KEY",
 "Content-Type": "application/json"
}

data = {
 "prompt": "A golden retriever puppy playing in a sunlit meadow full of wildflowers, vibrant colors, shallow depth of field, photorealistic, ultra-detailed",
 "negative_prompt": "blurry, pixelated, ugly, distorted, low quality",
 "aspect_ratio": "16:9"
}

response = requests.post(url, headers=headers, json=data)

if response.status_code == 200:
 result = response.json()
 print(json.dumps(result, indent=2))
else:
 print(f"Error: {response.status_code}")
 print(response.text)
