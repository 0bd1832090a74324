// Times come in UTC; where the browser can say what that is here, it does.
const languages = [...navigator.languages.filter((language) => language.startsWith('en')), 'en-GB']
const format = new Intl.DateTimeFormat(languages, { dateStyle: 'long', timeStyle: 'short' })

for (const time of document.querySelectorAll('time[datetime]')) {
  time.title = time.textContent
  time.textContent = format.format(new Date(time.dateTime))
}
